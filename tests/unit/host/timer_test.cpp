// SPDX-License-Identifier: Apache-2.0
#include "host/timer.h"

#include <gtest/gtest.h>

#include "fake_root.h"

namespace kif::host {
namespace {

using Readings = std::vector<std::uint64_t>;

TEST(CounterLook, TheStepDividesEveryDifference) {
  const Counter counter = assess(Readings{100, 126, 126, 204, 230}, Readings{1000, 1052, 1208});
  EXPECT_EQ(counter.step_ticks, 26U);
  EXPECT_EQ(counter.smallest_ticks, 26U);
  EXPECT_TRUE(counter.monotonic);
}

TEST(CounterLook, ACounterThatGoesBackIsNotMonotonic) {
  EXPECT_FALSE(assess(Readings{10, 11, 9, 12}, Readings{}).monotonic);
  EXPECT_FALSE(assess(Readings{}, Readings{10, 11, 9, 12}).monotonic);
}

TEST(CounterLook, ACounterThatStandsStillIsStuck) {
  const Counter counter = assess(Readings(100, 5), Readings(100, 5));
  EXPECT_EQ(counter.stuck_rate, 1);
  EXPECT_EQ(counter.step_ticks, 0U);
  EXPECT_EQ(counter.resolution_ns(), 0);
}

// Every difference the same: the clock of an emulator that counts instructions.
TEST(CounterLook, ARegularCounterIsStuck) {
  Readings readings;
  for (std::uint64_t i = 0; i < 1000; ++i)
    readings.push_back(i * 640);
  EXPECT_GT(assess(readings, readings).stuck_rate, 0.99);
  // Differences that grow evenly: their differences are all the same, so the third kind is zero.
  Readings growing = {0};
  for (std::uint64_t i = 1; i < 1000; ++i)
    growing.push_back(growing.back() + i * 10);
  EXPECT_GT(assess(growing, growing).stuck_rate, 0.99);
}

TEST(CounterLook, AnIrregularOneIsNot) {
  Readings readings = {0};
  std::uint64_t state = 12345;
  for (int i = 0; i < 1000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    readings.push_back(readings.back() + 1 + (state >> 40U));
  }
  const Counter counter = assess(readings, readings);
  EXPECT_LT(counter.stuck_rate, 0.01);
  EXPECT_EQ(counter.samples, 1000U);
}

TEST(CounterLook, NothingReadIsNoGoodSign) {
  EXPECT_EQ(assess(Readings{}, Readings{}).stuck_rate, 1);
}

TEST(TimerLook, TheSourceIsTheKernels) {
  FakeRoot fake;
  fake.file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "kvm-clock\n")
      .file("/sys/devices/system/clocksource/clocksource0/available_clocksource", "kvm-clock tsc acpi_pm \n");
  const Timer timer = look_at_timer(fake.root());
  EXPECT_EQ(timer.clocksource.value(), "kvm-clock");
  EXPECT_EQ(timer.clocksources.value(), (std::vector<std::string>{"kvm-clock", "tsc", "acpi_pm"}));
  EXPECT_FALSE(look_at_timer(FakeRoot().root()).clocksource);
  EXPECT_GT(timer.counter.hz, 1e6);
}

} // namespace
} // namespace kif::host
