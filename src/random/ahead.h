// SPDX-License-Identifier: Apache-2.0
// Bytes drawn ahead for small requests, in memory that a fork wipes. A program that asks often pays a copy for most of
// its requests instead of a system call and two changes of process.
#pragma once

#include <cstddef>

namespace kif::random {

/// Larger requests are worth a way of their own.
inline constexpr std::size_t k_max_small_bytes = 256;

enum class AheadDraw {
  drawn,
  failed, ///< not now
  never,  ///< nothing is to be drawn ahead in this process: kif-init says so, or it has a DRBG of its own
};
struct AheadSource {
  AheadDraw (*draw)(void* buffer, std::size_t length) noexcept;
  /// Whether the memory may be made now, by system calls that a confined process has perhaps not allowed itself.
  bool (*may_make_memory)() noexcept;
};

/// Fills `buffer` with bytes drawn ahead, by `draw` where none are left. False: to be asked for directly. That is so
/// for a process's first requests (most processes make no more), while another thread or an interrupted call of this
/// one is at it, where the kernel does not wipe memory on fork (before Linux 4.14), and where `source` cannot; after
/// AheadDraw::never always, in this process and those that it forks. Each byte is handed out once, in one process, and
/// wiped behind itself. Bytes of before a sign that this machine is a copy are given to nobody;
/// `getrandom_is_answered`: see AheadWatch. Async-signal-safe if `source` is.
bool take_ahead(void* buffer, std::size_t length, const AheadSource& source, bool getrandom_is_answered) noexcept;

} // namespace kif::random
