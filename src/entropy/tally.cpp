// SPDX-License-Identifier: Apache-2.0
#include "entropy/tally.h"

#include <algorithm>
#include <bit>

#include "entropy/noise_source.h"

namespace kif::entropy {

void Tally::block_credited(std::int64_t duration_ns) noexcept {
  const auto duration_us = static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 0)) / 1000;
  const auto bucket = static_cast<std::size_t>(std::bit_width(duration_us | 1) - 1);
  add(m_block_latency[std::min(bucket, k_latency_buckets - 1)], 1);
  add(m_blocks, 1);
}

void Tally::failed(SourceError error) noexcept {
  switch (error) {
  case SourceError::repetition_count:
    return add(m_intermittent_repetition_count, 1);
  case SourceError::adaptive_proportion:
    return add(m_intermittent_adaptive_proportion, 1);
  case SourceError::lag_predictor:
    return add(m_intermittent_lag_predictor, 1);
  case SourceError::repetition_count_memory:
    return add(m_intermittent_repetition_count_memory, 1);
  case SourceError::repetition_count_permanent:
    return add(m_permanent_repetition_count, 1);
  case SourceError::adaptive_proportion_permanent:
    return add(m_permanent_adaptive_proportion, 1);
  case SourceError::lag_predictor_permanent:
    return add(m_permanent_lag_predictor, 1);
  case SourceError::repetition_count_memory_permanent:
    return add(m_permanent_repetition_count_memory, 1);
  case SourceError::repetition_count_too_often:
  case SourceError::adaptive_proportion_too_often:
  case SourceError::lag_predictor_too_often:
  case SourceError::repetition_count_memory_too_often:
    return add(m_permanent_too_often, 1);
  default:
    if (is_permanent(error))
      add(m_permanent_other, 1);
  }
}

Counters Tally::snapshot() const noexcept {
  const auto read = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  Counters counters;
  counters.blocks = read(m_blocks);
  counters.bytes_credited = counters.blocks * k_block_bytes;
  counters.bytes_handed_out = read(m_bytes_handed_out);
  counters.bytes_discarded = read(m_bytes_discarded);
  counters.discontinuities = read(m_discontinuities);
  counters.collectors_made = read(m_collectors_made);
  counters.startup_tests = read(m_startup_tests);
  counters.intermittent_repetition_count = read(m_intermittent_repetition_count);
  counters.intermittent_adaptive_proportion = read(m_intermittent_adaptive_proportion);
  counters.intermittent_lag_predictor = read(m_intermittent_lag_predictor);
  counters.intermittent_repetition_count_memory = read(m_intermittent_repetition_count_memory);
  counters.permanent_repetition_count = read(m_permanent_repetition_count);
  counters.permanent_adaptive_proportion = read(m_permanent_adaptive_proportion);
  counters.permanent_lag_predictor = read(m_permanent_lag_predictor);
  counters.permanent_repetition_count_memory = read(m_permanent_repetition_count_memory);
  counters.permanent_too_often = read(m_permanent_too_often);
  counters.permanent_other = read(m_permanent_other);
  std::transform(m_block_latency.begin(), m_block_latency.end(), counters.block_latency.begin(), read);
  return counters;
}

} // namespace kif::entropy
