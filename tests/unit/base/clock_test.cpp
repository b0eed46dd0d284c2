// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;

ClockSample at(std::int64_t monotonic_ns, std::int64_t realtime_offset_ns, std::int64_t boottime_offset_ns = 0,
               std::int64_t width_ns = 0) {
  return {.realtime_ns = monotonic_ns + realtime_offset_ns,
          .monotonic_ns = monotonic_ns,
          .boottime_ns = monotonic_ns + boottime_offset_ns,
          .width_ns = width_ns};
}

TEST(ClockWatchTest, TimeThatPassesIsNoDiscontinuity) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(0, 1'700'000'000 * k_second)));
  EXPECT_FALSE(watch.moved(at(1, 1'700'000'000 * k_second)));
  EXPECT_FALSE(watch.moved(at(1'000'000 * k_second, 1'700'000'000 * k_second)));
}

TEST(ClockWatchTest, ARestoredSnapshotMovesRealTime) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(5 * k_second, 100 * k_second)));
  EXPECT_TRUE(watch.moved(at(5 * k_second, 160 * k_second)));
  EXPECT_FALSE(watch.moved(at(6 * k_second, 160 * k_second)));
  EXPECT_TRUE(watch.moved(at(7 * k_second, 100 * k_second))); // and back
}

TEST(ClockWatchTest, SleepMovesBootTime) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(5 * k_second, 100 * k_second, 0)));
  EXPECT_TRUE(watch.moved(at(5 * k_second, 100 * k_second, 2 * k_second)));
  EXPECT_FALSE(watch.moved(at(6 * k_second, 100 * k_second, 2 * k_second)));
}

TEST(ClockWatchTest, TheBoundIsExact) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(0, 0)));
  EXPECT_FALSE(watch.moved(at(1, k_discontinuity_ns)));
  EXPECT_TRUE(watch.moved(at(2, k_discontinuity_ns + 1)));
  EXPECT_FALSE(watch.moved(at(3, 1))); // measured from the last jump
  EXPECT_TRUE(watch.moved(at(4, 0)));
}

TEST(ClockWatchTest, SmallStepsAddUp) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(0, 0)));
  EXPECT_FALSE(watch.moved(at(1, k_discontinuity_ns / 2)));
  EXPECT_FALSE(watch.moved(at(2, k_discontinuity_ns)));
  EXPECT_TRUE(watch.moved(at(3, k_discontinuity_ns * 3 / 2)));
}

TEST(ClockWatchTest, AnInaccurateReadingIsNoJumpByItself) {
  ClockWatch watch{};
  EXPECT_FALSE(watch.moved(at(0, 0)));
  EXPECT_FALSE(watch.moved(at(1, 3 * k_discontinuity_ns, 0, 2 * k_discontinuity_ns)));
  EXPECT_TRUE(watch.moved(at(2, 3 * k_discontinuity_ns)));
}

TEST(KernelClocksTest, AreReadTogether) {
  ClockWatch watch{};
  for (int i = 0; i < 1000; ++i) {
    const ClockSample sample = read_kernel_clocks(nullptr);
    EXPECT_GT(sample.realtime_ns, sample.monotonic_ns);
    EXPECT_NE(sample.boottime_ns, 0);
    EXPECT_GE(sample.width_ns, 0);
    EXPECT_FALSE(watch.moved(sample));
  }
}

} // namespace
} // namespace kif
