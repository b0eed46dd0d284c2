// SPDX-License-Identifier: Apache-2.0
// Bytes of the FIPS DRBG for this process, by the nearest way there is: the catch-all, the container's broker, a DRBG
// of its own. None of them leads to the kernel's randomness.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

namespace kif::random {

/// What this process was given; tests read it as kif_random_counters.
struct Counters {
  std::uint64_t catch_all_bytes;
  std::uint64_t broker_bytes;
  std::uint64_t own_bytes;   ///< of a DRBG in this process
  std::uint64_t refused;     ///< requests that failed
  std::uint64_t early;       ///< of these: came while this library was itself at work below (malloc's own, a signal's)
  std::uint64_t devices;     ///< stand-ins for a random device opened
  std::uint64_t ahead_bytes; ///< given out of those that were drawn ahead, and counted above when they were drawn
};

/// What getrandom(2) returns, or a negative errno. EIO: no source; no caller takes that for "use a device instead".
/// Async-signal-safe, and safe in a forked child, but for a process that has to make a DRBG of its own.
ssize_t fill(void* buffer, std::size_t length, unsigned flags) noexcept;

/// kif-init's catch-all answers this process.
bool is_caught() noexcept;

/// This process was given more rights than its caller has (setuid, file capabilities): the library stays away.
bool stays_away() noexcept;

/// This process serves the bytes, and must not ask for them.
bool is_server() noexcept;

} // namespace kif::random

extern "C" kif::random::Counters kif_random_counters;
