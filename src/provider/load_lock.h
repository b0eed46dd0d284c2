// SPDX-License-Identifier: Apache-2.0
// One provider is loaded at a time in a process, whichever libcrypto asks: the seed source, the slots and the module's
// copies are made under this lock. It is never taken on the way to a random byte.
#pragma once

#include "base/result.h"

namespace kif::provider {

/// Holds the lock while it lives. A thread may take it again (a self-test callback of the application may load another
/// provider).
class LoadLock {
public:
  /// Waits for other threads. In a child that was forked while another thread of its parent loaded a provider, nobody
  /// will ever unlock: an error there instead of a hang.
  static Result<LoadLock> take();
  LoadLock(LoadLock&& other) noexcept : m_held(other.m_held) { other.m_held = false; }
  LoadLock& operator=(LoadLock&&) = delete;
  ~LoadLock();

private:
  explicit LoadLock(bool held) noexcept : m_held(held) {}

  bool m_held;
};

} // namespace kif::provider
