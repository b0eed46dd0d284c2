// SPDX-License-Identifier: Apache-2.0
#include "provider/distinct_data.h"

#include <algorithm>
#include <atomic>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

namespace kif::provider {
namespace {

constinit std::atomic<std::uint64_t> g_requests{0};

std::uint64_t now_ns(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// A bijection (splitmix64's), so that distinct words stay distinct.
constexpr std::uint64_t mixed(std::uint64_t word) noexcept {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

} // namespace

DistinctData::DistinctData(std::size_t room) noexcept
    : m_words{now_ns(CLOCK_REALTIME), g_requests.fetch_add(1, std::memory_order_relaxed),
              static_cast<std::uint64_t>(::getpid()) << 32 ^ static_cast<std::uint64_t>(::pthread_self()),
              now_ns(CLOCK_MONOTONIC)},
      m_size(std::min(room, sizeof m_words)) {
  std::uint64_t before = 0x9e3779b97f4a7c15; // not 0, which stays 0
  for (std::uint64_t& word : m_words)
    before = word = mixed(word ^ before);
}

} // namespace kif::provider
