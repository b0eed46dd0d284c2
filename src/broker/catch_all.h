// SPDX-License-Identifier: Apache-2.0
// Answers the getrandom calls that the catch-all's filter hands over.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "broker/byte_store.h"
#include "broker/taken_calls.h"

namespace kif::broker {

struct CatchAllCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> refused{0};
};

/// The most that one call gives, as getrandom(2) gave from its urandom source before Linux 5.18; who wants more calls
/// again, as the manual says he must.
inline constexpr std::uint64_t k_max_answer_bytes = 33'554'431;

/// Answers calls until nobody has the filter any more. Several threads may run it on one listener; one that is held up by
/// a caller's memory (pages served by that caller's own userfaultfd) does not hold up the others.
///
/// Lengths and flags mean what they mean to the kernel; GRND_NONBLOCK finds bytes ready always. The bytes are written
/// through /proc/PID/mem, opened before the call is found to be waiting still: so they cannot reach another process that
/// was given the number meanwhile. That takes the right to trace the caller: same user, or CAP_SYS_PTRACE. Where it
/// lacks, and where the generator cannot draw, the call fails with EPERM: programs take ENOSYS for an old kernel and go
/// on to a device. Never SECCOMP_USER_NOTIF_FLAG_CONTINUE: the kernel does not run a call that came here.
void answer_calls(int listener, ByteStore& store, CatchAllCounters& counters, TakenCalls& taken, std::size_t thread) noexcept;

/// Fails every call with EPERM, those that `taken` says were taken before, and all that come, until nobody has the filter
/// any more.
void refuse_calls(int listener, const TakenCalls& taken) noexcept;

/// Tries all of it on a child of its own: filter, listener, an answer written into the child's memory. Nothing, or why
/// it does not work here.
Result<void> try_catch_all();

} // namespace kif::broker
