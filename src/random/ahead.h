// SPDX-License-Identifier: Apache-2.0
// Bytes drawn ahead for small requests, in memory that a fork wipes. A program that asks often pays a copy for most of
// its requests instead of a system call and two changes of process.
#pragma once

#include <cstddef>

namespace kif::random {

/// Larger requests are worth a way of their own.
inline constexpr std::size_t k_max_small_bytes = 256;

/// Draws bytes: false where it cannot.
using DrawAhead = bool (*)(void* buffer, std::size_t length) noexcept;

/// Fills `buffer` with bytes drawn ahead, by `draw` where none are left. False: to be asked for directly. That is so for
/// a process's first requests (most processes make no more), while another thread or an interrupted call of this one is
/// at it, where the kernel does not wipe memory on fork (before Linux 4.14), and where `draw` cannot. Each byte is handed
/// out once, in one process, and wiped behind itself. Async-signal-safe if `draw` is.
bool take_ahead(void* buffer, std::size_t length, DrawAhead draw) noexcept;

} // namespace kif::random
