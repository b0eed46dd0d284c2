// SPDX-License-Identifier: Apache-2.0
// What this process and the catch-all say to each other besides bytes that are written into memory. Everything here is
// getrandom, whatever the flags: a call that a process which asks for random bytes may make, wherever it locked itself
// in.
#pragma once

#include <cstddef>

#include <sys/types.h>

namespace kif::random {

enum class Reach : int {
  unknown,
  memory, ///< the catch-all answers this process, and writes into it as far as is known
  words,  ///< it answers, and may not write: this process changed its user, or made itself not dumpable
  none,
};

/// Found out at the first call, and as long as this memory lives: a filter stays with a process and all that it forks,
/// and exec begins anew.
Reach reach() noexcept;

/// A call was refused that would have been written.
void memory_is_out_of_reach() noexcept;

/// Fills `buffer` with the calls' results, seven bytes by each. What getrandom(2) gives, or a negative errno; EPERM:
/// the broker has none. Above 256 bytes a signal ends it early.
ssize_t draw_words(void* buffer, std::size_t length) noexcept;

enum class Filters {
  usual,   ///< none but those that the application was started with: any call is as safe as it was there
  more,    ///< or it cannot be told: a call that this thread is not known to make may be its end
  unknown, ///< there is nobody to ask
};

/// As the catch-all sees it now; a filter may come at any time, so the answer is for the very next calls.
Filters filters() noexcept;

} // namespace kif::random
