// SPDX-License-Identifier: Apache-2.0
// How long a registry may let kif wait for one thing, over all attempts: slow but never stalled, it could go on for
// hours.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace kif::oci {

/// Time spent waiting for bytes, pauses between attempts not counted. Safe to use from several threads.
class WaitingTime {
public:
  /// What is spent here is spent of `whole` too; it may be null.
  WaitingTime(std::chrono::milliseconds bound, std::string what, std::shared_ptr<WaitingTime> whole = nullptr)
      : m_bound(bound), m_what(std::move(what)), m_whole(std::move(whole)) {}

  void spend(std::chrono::nanoseconds time) {
    m_spent += time.count();
    if (m_whole)
      m_whole->spend(time);
  }
  bool is_over() const {
    return m_spent > std::chrono::nanoseconds(m_bound).count() || (m_whole && m_whole->is_over());
  }
  /// For people, where it is over: "manifests of one image may take 600 s".
  std::string reason() const {
    if (m_whole && m_whole->is_over())
      return m_whole->reason();
    const auto ms = m_bound.count();
    return m_what + " may take " + (ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms");
  }

private:
  std::chrono::milliseconds m_bound;
  std::string m_what;
  std::shared_ptr<WaitingTime> m_whole;
  std::atomic<std::int64_t> m_spent{0}; // ns
};

} // namespace kif::oci
