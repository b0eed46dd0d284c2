// SPDX-License-Identifier: Apache-2.0
// The counters of a SeedSource as its threads add to them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "entropy/counters.h"

namespace kif::entropy {

/// Relaxed atomics in memory that a fork wipes; zeros are the initial state.
class Tally {
public:
  /// A block that passed the health tests, and how long it took.
  void block_credited(std::int64_t duration_ns) noexcept;
  void handed_out(std::size_t bytes) noexcept { add(m_bytes_handed_out, bytes); }
  void discarded(std::size_t bytes) noexcept { add(m_bytes_discarded, bytes); }
  void discontinuity() noexcept { add(m_discontinuities, 1); }
  void collector_made() noexcept { add(m_collectors_made, 1); }
  void startup_test_passed() noexcept { add(m_startup_tests, 1); }
  /// A failure that the noise source reported. What is no verdict on the source (no memory) is not counted.
  void failed(SourceError error) noexcept;

  /// All but bytes_held and latched.
  Counters snapshot() const noexcept;

private:
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t by) noexcept { count.fetch_add(by, std::memory_order_relaxed); }

  Count m_blocks;
  Count m_bytes_handed_out;
  Count m_bytes_discarded;
  Count m_discontinuities;
  Count m_collectors_made;
  Count m_startup_tests;
  Count m_intermittent_repetition_count;
  Count m_intermittent_adaptive_proportion;
  Count m_intermittent_lag_predictor;
  Count m_intermittent_repetition_count_memory;
  Count m_permanent_repetition_count;
  Count m_permanent_adaptive_proportion;
  Count m_permanent_lag_predictor;
  Count m_permanent_repetition_count_memory;
  Count m_permanent_too_often;
  Count m_permanent_other;
  std::array<Count, k_latency_buckets> m_block_latency;
};

} // namespace kif::entropy
