// SPDX-License-Identifier: Apache-2.0
// Answers the getrandom calls that the catch-all's filter hands over.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "broker/byte_store.h"
#include "broker/long_calls.h"
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

/// Answers calls until nobody has the filter any more. Several threads may run it on one listener; one that is held up
/// by a caller's memory (pages served by that caller's own userfaultfd) does not hold up the others.
///
/// Lengths and flags mean what they mean to the kernel, and so does page protection (caller_memory.h); GRND_NONBLOCK
/// finds bytes ready always. Writing takes the right to trace the caller: same user, or CAP_SYS_PTRACE. Where it lacks,
/// and where the generator cannot draw, the call fails with EPERM: programs take ENOSYS for an old kernel and go on to
/// a device. Words (k_word_flags) need no such right: they are the call's result. Never
/// SECCOMP_USER_NOTIF_FLAG_CONTINUE: the kernel does not run a call that came here.
///
/// Who asks for much is answered in pieces, after all who ask for little (long_calls.h). `taken` and `long_calls` are
/// the same for all threads of a listener.
void answer_calls(int listener, ByteStore& store, CatchAllCounters& counters, TakenCalls& taken, LongCalls& long_calls,
                  std::size_t thread) noexcept;

/// Fails every call with EPERM, those that `taken` says were taken before, and all that come, until nobody has the
/// filter any more.
void refuse_calls(int listener, const TakenCalls& taken) noexcept;

/// Tries all of it on a child of its own: filter, listener, an answer written into the child's memory. Nothing, or why
/// it does not work here.
Result<void> try_catch_all();

} // namespace kif::broker
