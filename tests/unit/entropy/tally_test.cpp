// SPDX-License-Identifier: Apache-2.0
#include "entropy/tally.h"

#include <gtest/gtest.h>

namespace kif::entropy {
namespace {

TEST(TallyTest, LatencyBucketsArePowersOfTwoOfMicroseconds) {
  Tally tally{};
  const auto bucket_of = [&](std::int64_t duration_ns) {
    const auto before = tally.snapshot().block_latency;
    tally.block_credited(duration_ns);
    const auto after = tally.snapshot().block_latency;
    for (std::size_t i = 0; i < k_latency_buckets; ++i)
      if (after[i] != before[i])
        return i;
    return k_latency_buckets;
  };
  EXPECT_EQ(bucket_of(-5), 0u);
  EXPECT_EQ(bucket_of(0), 0u);
  EXPECT_EQ(bucket_of(1'999), 0u);
  EXPECT_EQ(bucket_of(2'000), 1u);
  EXPECT_EQ(bucket_of(3'999), 1u);
  EXPECT_EQ(bucket_of(4'000), 2u);
  EXPECT_EQ(bucket_of(22'000'000), 14u); // 16.4 to 32.8 ms
  EXPECT_EQ(bucket_of((std::int64_t{1} << 23) * 1000 - 1), 22u);
  EXPECT_EQ(bucket_of((std::int64_t{1} << 23) * 1000), 23u);
  EXPECT_EQ(bucket_of(3'600'000'000'000), 23u);
  EXPECT_EQ(tally.snapshot().blocks, 10u);
  EXPECT_EQ(tally.snapshot().bytes_credited, 320u);
}

TEST(TallyTest, FailuresAreCountedByTest) {
  Tally tally{};
  const auto fail_times = [&](SourceError error, int times) {
    for (int i = 0; i < times; ++i)
      tally.failed(error);
  };
  fail_times(SourceError::repetition_count, 1);
  fail_times(SourceError::adaptive_proportion, 2);
  fail_times(SourceError::lag_predictor, 3);
  fail_times(SourceError::repetition_count_permanent, 4);
  fail_times(SourceError::adaptive_proportion_permanent, 5);
  fail_times(SourceError::lag_predictor_permanent, 6);
  fail_times(SourceError::timer, 1);
  fail_times(SourceError::startup_coarse_timer, 1);
  fail_times(SourceError::no_collector, 1); // no verdict
  fail_times(SourceError::repetition_count_memory, 7);
  fail_times(SourceError::repetition_count_memory_permanent, 8);
  for (const auto error : {SourceError::repetition_count, SourceError::adaptive_proportion, SourceError::lag_predictor,
                           SourceError::repetition_count_memory})
    fail_times(too_often(error), 1);
  tally.startup_test_passed();
  const Counters counters = tally.snapshot();
  EXPECT_EQ(counters.intermittent_repetition_count, 1u);
  EXPECT_EQ(counters.intermittent_adaptive_proportion, 2u);
  EXPECT_EQ(counters.intermittent_lag_predictor, 3u);
  EXPECT_EQ(counters.intermittent_repetition_count_memory, 7u);
  EXPECT_EQ(counters.intermittent_failures(), 13u);
  EXPECT_EQ(counters.permanent_repetition_count, 4u);
  EXPECT_EQ(counters.permanent_adaptive_proportion, 5u);
  EXPECT_EQ(counters.permanent_lag_predictor, 6u);
  EXPECT_EQ(counters.permanent_other, 2u);
  EXPECT_EQ(counters.permanent_repetition_count_memory, 8u);
  EXPECT_EQ(counters.permanent_too_often, 4u);
  EXPECT_EQ(counters.permanent_failures(), 29u);
  EXPECT_EQ(counters.startup_tests, 1u);
}

} // namespace
} // namespace kif::entropy
