// SPDX-License-Identifier: Apache-2.0
#include "provider/load_lock.h"

#include <atomic>
#include <ctime>

#include <pthread.h>

#include "base/fork_wiped.h"

namespace kif::provider {
namespace {

constinit pthread_mutex_t g_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
/// Whether a thread of this very process holds it; a child's is another one, whatever its number.
constinit ForkWiped<std::atomic<bool>> g_is_held;

constexpr long k_poll_ns = 500'000;
constexpr int k_polls_until_nobody_holds_it = 200; // 100 ms; the owner needs microseconds

} // namespace

Result<LoadLock> LoadLock::take() {
  // Polling, because only this way the owner can be looked at. Two threads seldom load at once, and loading takes tens
  // of milliseconds.
  int polls_without_owner_here = 0;
  while (::pthread_mutex_trylock(&g_mutex) != 0) {
    // The owner says so a moment after it locked, so one stale reading proves nothing.
    const auto* is_held = g_is_held.get();
    polls_without_owner_here = is_held != nullptr && is_held->load() ? 0 : polls_without_owner_here + 1;
    if (polls_without_owner_here == k_polls_until_nobody_holds_it)
      return fail(Error(ErrorCode::conflict,
                        "cannot load in a forked process: another thread of its parent was loading "
                        "a FIPS module at the moment of the fork")
                      .with_hint("load the FIPS module before the first fork"));
    const timespec pause{0, k_poll_ns};
    ::nanosleep(&pause, nullptr);
  }
  if (auto* is_held = g_is_held.get(); is_held != nullptr)
    is_held->store(true);
  return LoadLock(true);
}

LoadLock::~LoadLock() {
  if (!m_held)
    return;
  // Not reset: the owner of an unlocked mutex is not looked at, and a recursive owner still holds it.
  ::pthread_mutex_unlock(&g_mutex);
}

} // namespace kif::provider
