// SPDX-License-Identifier: Apache-2.0
// Whether a system call that the program does not make itself may end this process. A program that locks itself in
// lists what it needs, and getrandom, read and write are what it may list where it lists nothing else.
#pragma once

namespace kif::random {

/// Where the catch-all answers, it tells. Elsewhere it is known from the functions by which programs install a filter;
/// one that exec brought along is not.
bool is_confined() noexcept;

/// As far as is known without asking.
bool has_installed_filter() noexcept;

/// This process has a DRBG of its own that has given bytes, or its parent had.
bool has_own_generator() noexcept;
void note_own_generator() noexcept;

/// Whether a DRBG of this process's own may be used: everywhere but in a confined process that was not given one
/// before.
bool may_use_own_generator() noexcept;

enum class Loss {
  connections, ///< the broker cannot be reached any more; libraries can be loaded
  files,       ///< and these neither
};

/// For a process that is about to lose this. Where the catch-all answers, no more than the socket's name is taken. Else
/// it gets a connection to the broker that it keeps, and where there is no broker its own DRBG, while it still can.
void prepare_for(Loss loss) noexcept;

/// Around the call that installs a seccomp filter: what the first gives and the call's result go to the second.
bool begin_filter() noexcept;
void end_filter(bool before, long result) noexcept;

} // namespace kif::random
