// SPDX-License-Identifier: Apache-2.0
// What a SeedSource has done in this process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "entropy/source_error.h"

namespace kif::entropy {

/// Bucket i counts blocks that took 2^i to 2^(i+1) µs (the first one: less than 2 µs, the last one: 2^23 µs = 8.4 s and
/// more).
inline constexpr std::size_t k_latency_buckets = 24;

/// A copy of the counters. A forked child starts at zero: they tell what this process did, so that in every process at
/// rest, exactly, bytes_credited = bytes_handed_out + bytes_held + bytes_discarded. While draws run, the values are
/// each right but not of one moment.
struct Counters {
  std::uint64_t blocks = 0;         ///< blocks that passed all health tests
  std::uint64_t bytes_credited = 0; ///< 32 for each block
  std::uint64_t bytes_handed_out = 0;
  std::uint64_t bytes_held = 0; ///< ready in the pool now
  std::uint64_t bytes_discarded =
      0; ///< wiped unused: clock discontinuities, failed or repeated draws, leftovers that found no room
  std::uint64_t discontinuities = 0; ///< times the clocks made the pool be emptied
  std::uint64_t collectors_made = 0;
  std::uint64_t startup_tests = 0; ///< that passed in this process: one, and one after each intermittent failure
  std::uint64_t intermittent_repetition_count = 0;
  std::uint64_t intermittent_adaptive_proportion = 0;
  std::uint64_t intermittent_lag_predictor = 0;
  std::uint64_t intermittent_repetition_count_memory = 0;
  std::uint64_t permanent_repetition_count = 0;
  std::uint64_t permanent_adaptive_proportion = 0;
  std::uint64_t permanent_lag_predictor = 0;
  std::uint64_t permanent_repetition_count_memory = 0;
  std::uint64_t permanent_too_often = 0; ///< intermittent failures that were no chance any more
  std::uint64_t permanent_other = 0;     ///< timer, start-up, self-test, results outside the contract
  std::array<std::uint64_t, k_latency_buckets> block_latency{};
  SourceError latched = SourceError::none; ///< the permanent failure that stopped the source, in this process or in one
                                           ///< it was forked from

  std::uint64_t intermittent_failures() const noexcept {
    return intermittent_repetition_count + intermittent_adaptive_proportion + intermittent_lag_predictor +
           intermittent_repetition_count_memory;
  }
  std::uint64_t permanent_failures() const noexcept {
    return permanent_repetition_count + permanent_adaptive_proportion + permanent_lag_predictor +
           permanent_repetition_count_memory + permanent_too_often + permanent_other;
  }
};

} // namespace kif::entropy
