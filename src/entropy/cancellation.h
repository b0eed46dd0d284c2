// SPDX-License-Identifier: Apache-2.0
// No cancellation of a thread while the source is at work.
#pragma once

#include <pthread.h>

namespace kif::entropy {

/// A thread that is cancelled inside would leave its claims behind for ever: jitterentropy and nanosleep are
/// cancellation points.
class CancellationDisabled {
public:
  CancellationDisabled() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &m_before); }
  ~CancellationDisabled() { ::pthread_setcancelstate(m_before, nullptr); }
  CancellationDisabled(const CancellationDisabled&) = delete;
  CancellationDisabled& operator=(const CancellationDisabled&) = delete;

private:
  int m_before = 0;
};

} // namespace kif::entropy
