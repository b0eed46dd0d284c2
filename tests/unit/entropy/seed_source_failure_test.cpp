// SPDX-License-Identifier: Apache-2.0
// Every failure at every point: nothing is handed out, nothing falls back, and what is latched stays.
#include "entropy/seed_source.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "child.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;

std::vector<SourceError> all_errors() {
  std::vector<SourceError> errors;
  for (int i = 1; i < static_cast<int>(SourceError::no_memory); ++i)
    errors.push_back(static_cast<SourceError>(i));
  return errors;
}

/// Draws into a marked buffer: on failure it must be all zeros.
SourceError draw(SeedSource& source, std::size_t size = 48) {
  std::vector<std::byte> out(size, std::byte{0xa5});
  const SourceError error = source.draw(out);
  const bool blank = std::all_of(out.begin(), out.end(), [](std::byte byte) { return byte == std::byte{0}; });
  EXPECT_EQ(blank, error != k_none);
  return error;
}

void expect_balance(const Counters& counters) {
  EXPECT_EQ(counters.bytes_credited, counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded);
}

TEST(SeedSourceFailureTest, EachErrorAtEachPointIsReportedAndLatchedOnlyIfPermanent) {
  for (const auto point : {MockNoiseSource::startup, MockNoiseSource::collector, MockNoiseSource::read})
    for (const SourceError error : all_errors())
      for (const std::uint64_t nth : {1, 2, 3}) {
        if (point != MockNoiseSource::read && nth > 1)
          continue; // asked once only
        SCOPED_TRACE(std::string(describe(error)) + " at " + std::to_string(point) + ", " + std::to_string(nth));
        MockNoiseSource noise;
        SeedSource source(noise, {.pool_bytes = 0});
        noise.fail(point, error, nth,
                   point == MockNoiseSource::read && is_intermittent(error) ? 1 + k_max_fresh_collectors : 1);
        EXPECT_EQ(draw(source, 96), error);
        EXPECT_EQ(source.counters().latched, is_permanent(error) ? error : k_none);
        // The noise is good again. A verdict stands all the same.
        EXPECT_EQ(draw(source), is_permanent(error) ? error : k_none);
        EXPECT_EQ(source.fill(64), is_permanent(error) ? error : k_none);
        EXPECT_EQ(source.prepare(), is_permanent(error) ? error : k_none);
        expect_balance(source.counters());
        EXPECT_EQ(noise.contract_violations(), 0);
      }
}

TEST(SeedSourceFailureTest, AnIntermittentFailureIsTriedAgainWithAFreshCollector) {
  for (const auto error : {SourceError::repetition_count, SourceError::adaptive_proportion, SourceError::lag_predictor})
    for (const std::uint64_t times : {1, 2, 3}) {
      MockNoiseSource noise;
      SeedSource source(noise, {.pool_bytes = 0});
      noise.fail(MockNoiseSource::read, error, 1, times);
      EXPECT_EQ(draw(source, 32), k_none);
      EXPECT_EQ(noise.calls(MockNoiseSource::collector), 1 + times);
      EXPECT_EQ(noise.collectors_alive(), 1);
      EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
      EXPECT_EQ(source.counters().intermittent_failures(), times);
      EXPECT_EQ(source.counters().collectors_made, 1 + times);
      EXPECT_EQ(source.counters().blocks, 1u);
    }
}

TEST(SeedSourceFailureTest, ThreeFreshCollectorsAreAllOneRequestGets) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  noise.fail(MockNoiseSource::read, SourceError::lag_predictor);
  EXPECT_EQ(draw(source, 96), SourceError::lag_predictor);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 4u);
  EXPECT_EQ(noise.calls(MockNoiseSource::collector), 4u);
  EXPECT_EQ(noise.collectors_alive(), 0);
  EXPECT_EQ(draw(source, 96), SourceError::lag_predictor); // not latched: tried anew
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 8u);
  EXPECT_EQ(source.counters().intermittent_lag_predictor, 8u);
  EXPECT_EQ(source.counters().permanent_failures(), 0u);
}

TEST(SeedSourceFailureTest, TheBudgetIsTheRequestsNotTheBlocks) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  // Blocks one and two cost two fresh collectors each.
  std::uint64_t reads = 0;
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read && ++reads == 3)
      noise.fail(MockNoiseSource::read, SourceError::repetition_count, 4, 2);
  };
  noise.fail(MockNoiseSource::read, SourceError::repetition_count, 1, 2);
  EXPECT_EQ(draw(source, 64), SourceError::repetition_count);
  EXPECT_EQ(reads, 5u);
  EXPECT_EQ(source.counters().bytes_discarded, 32u); // the block that was good
  expect_balance(source.counters());
}

TEST(SeedSourceFailureTest, APermanentFailureAfterAnIntermittentOneIsLatched) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read)
      noise.fail(MockNoiseSource::read, SourceError::adaptive_proportion_permanent);
  };
  noise.fail(MockNoiseSource::read, SourceError::adaptive_proportion);
  EXPECT_EQ(draw(source), SourceError::adaptive_proportion_permanent);
  EXPECT_EQ(source.counters().intermittent_adaptive_proportion, 1u);
  EXPECT_EQ(source.counters().permanent_adaptive_proportion, 1u);
}

TEST(SeedSourceFailureTest, APermanentFailureTakesBackWhatIsHeld) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 128});
  ASSERT_EQ(source.fill(64), k_none);
  noise.fail(MockNoiseSource::read, SourceError::repetition_count_permanent, 3, 1);
  EXPECT_EQ(source.fill(128), SourceError::repetition_count_permanent);
  EXPECT_EQ(source.counters().bytes_held, 0u);
  EXPECT_EQ(source.counters().bytes_discarded, 64u);
  EXPECT_EQ(draw(source, 16), SourceError::repetition_count_permanent);
  EXPECT_EQ(source.counters().permanent_repetition_count, 1u); // later requests are refused, not new failures
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 3u);
}

TEST(SeedSourceFailureTest, TheFirstPermanentFailureIsTheOneThatIsReported) {
  MockNoiseSource noise;
  SeedSource source(noise, {});
  noise.fail(MockNoiseSource::startup, SourceError::startup_stuck);
  EXPECT_EQ(source.prepare(), SourceError::startup_stuck);
  noise.fail(MockNoiseSource::startup, SourceError::startup_no_timer);
  EXPECT_EQ(source.prepare(), SourceError::startup_stuck);
  EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
  EXPECT_EQ(noise.calls(MockNoiseSource::collector), 0u);
}

TEST(SeedSourceFailureTest, AThreadInTheMiddleGetsNothingOnceAnotherHasLatched) {
  if (usable_collectors() < 2)
    GTEST_SKIP() << "two threads need two collectors, and this process may use one processor";
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  std::atomic<bool> inside{false}, go_on{false};
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read && !inside.exchange(true))
      wait_until([&] { return go_on.load(); });
  };
  SourceError slow_error = k_none;
  std::thread slow([&] { slow_error = draw(source, 32); });
  ASSERT_TRUE(wait_until([&] { return inside.load(); }));
  noise.fail(MockNoiseSource::read, SourceError::timer);
  EXPECT_EQ(draw(source, 32), SourceError::timer);
  go_on = true;
  slow.join();
  EXPECT_EQ(slow_error, SourceError::timer);
  expect_balance(source.counters());
}

TEST(SeedSourceFailureTest, ThreadsThatWaitForACollectorDoNotReadOnceLatched) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  std::atomic<std::size_t> inside{0};
  std::atomic<bool> go_on{false};
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point != MockNoiseSource::read)
      return;
    ++inside;
    wait_until([&] { return go_on.load(); });
  };
  noise.fail(MockNoiseSource::read, SourceError::lag_predictor_permanent);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> refused{0};
  for (std::size_t i = 0; i < usable_collectors() + 4; ++i)
    threads.emplace_back([&] { refused += draw(source, 32) == SourceError::lag_predictor_permanent ? 1 : 0; });
  ASSERT_TRUE(wait_until([&] { return inside == usable_collectors(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // the others come to wait
  go_on = true;
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(refused, usable_collectors() + 4);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), usable_collectors());
}

TEST(SeedSourceFailureTest, AVerdictAndAPassedTestAreInheritedByChildren) {
  MockNoiseSource noise;
  SeedSource good(noise, {});
  ASSERT_EQ(draw(good), k_none);
  EXPECT_EQ(in_child([&] {
              const bool drew = draw(good) == k_none;
              return drew && noise.calls(MockNoiseSource::startup) == 1 ? 0 : 1; // not tested again
            }),
            0);

  MockNoiseSource broken_noise;
  SeedSource broken(broken_noise, {});
  broken_noise.fail(MockNoiseSource::read, SourceError::lag_predictor_permanent, 2, 1);
  ASSERT_EQ(draw(broken), SourceError::lag_predictor_permanent);
  EXPECT_EQ(
      in_child([&] {
        if (draw(broken) != SourceError::lag_predictor_permanent || broken_noise.calls(MockNoiseSource::read) != 2)
          return 1;
        const Counters counters = broken.counters();
        return counters.latched == SourceError::lag_predictor_permanent && counters.permanent_failures() == 0 ? 0 : 2;
      }),
      0);
}

TEST(SeedSourceFailureTest, AChildsVerdictIsItsOwn) {
  MockNoiseSource noise;
  SeedSource source(noise, {});
  EXPECT_EQ(in_child([&] {
              noise.fail(MockNoiseSource::read, SourceError::timer);
              return draw(source) == SourceError::timer ? 0 : 1;
            }),
            0);
  EXPECT_EQ(draw(source), k_none);
}

} // namespace
} // namespace kif::entropy
