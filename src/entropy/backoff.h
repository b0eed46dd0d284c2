// SPDX-License-Identifier: Apache-2.0
// Waiting for another thread without a lock.
#pragma once

#include <time.h>

namespace kif::entropy {

/// Sleeps 20 µs, then longer, up to 1 ms: short against the 22 ms of a block, long enough to cost no processor time.
/// Polling and not a futex or a mutex: what is polled is memory that a fork wipes, so that a child never inherits a
/// wait.
class Backoff {
public:
  void pause() noexcept {
    const timespec duration{0, m_ns};
    ::nanosleep(&duration, nullptr);
    if (m_ns < 1'000'000)
      m_ns *= 2;
  }

private:
  long m_ns = 20'000;
};

} // namespace kif::entropy
