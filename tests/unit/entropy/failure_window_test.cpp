// SPDX-License-Identifier: Apache-2.0
// The bounds of failure_window.h: the numbers in its comment recomputed, the formula behind them checked by simulation
// at failure rates that can be simulated, and what they find.
#include "entropy/failure_window.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "entropy/seed_source.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

/// splitmix64: every run sees the same numbers.
class Numbers {
public:
  explicit Numbers(std::uint64_t seed) : m_state(seed) {}
  /// True with this probability.
  bool hits(double probability) {
    std::uint64_t word = m_state += 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    word ^= word >> 31;
    return static_cast<double>(word >> 11) * 0x1p-53 < probability;
  }

private:
  std::uint64_t m_state;
};

double choose(int n, int k) {
  double result = 1;
  for (int i = 0; i < k; ++i)
    result = result * (n - i) / (i + 1);
  return result;
}

/// The probability that a block fails and that at least three of the 63 before it did.
double false_verdict_per_block(double p) {
  double fewer = 0;
  for (int k = 0; k < k_window_failures - 1; ++k)
    fewer += choose(k_window_blocks - 1, k) * std::pow(p, k) * std::pow(1 - p, k_window_blocks - 1 - k);
  return p * (1 - fewer);
}

/// Blocks until the window says that it was too many; at most `limit`.
int blocks_until_latched(Numbers& numbers, double p, int limit) {
  FailureWindow window{};
  for (int block = 1; block <= limit; ++block) {
    if (!numbers.hits(p))
      window.passed();
    else if (window.failed())
      return block;
  }
  return limit;
}

TEST(FailureWindowTest, TheFalseAlarmProbabilityOfABlockIsBelowTheOneAssumed) {
  constexpr double k_samples = (256 + 64) * 20; // at the highest osr
  const double p =
      k_samples * 0x1p-30 + std::ceil(k_samples / 512) * 0x1p-30 + 2 * 0x1p-22 * k_samples / 131072 + 0x1p-20;
  EXPECT_LT(p, 0x1p-17);
  EXPECT_NEAR(std::log2(p), -17.13, 0.01);
}

TEST(FailureWindowTest, TheNumbersOfTheCommentAreRight) {
  constexpr double p = 0x1p-17;
  EXPECT_NEAR(std::log2(choose(k_window_blocks, k_window_failures) * std::pow(p, k_window_failures)), -48.7, 0.05);
  EXPECT_NEAR(std::log2(false_verdict_per_block(p)), -52.7, 0.05);
  EXPECT_NEAR(std::log2(false_verdict_per_block(p) * 10 * 3600 * 24 * 365), -24, 0.5);
  // A request of n blocks sees n successes and 4 failures, of which the last one comes last.
  constexpr int k_failures = k_max_fresh_collectors + 1;
  EXPECT_NEAR(std::log2(choose(4096 / k_block_bytes + k_failures - 1, k_failures) * std::pow(p, k_failures)), -44.5,
              0.05);
}

TEST(FailureWindowTest, SimulatedFalseVerdictsAreAsOftenAsTheFormulaSays) {
  Numbers numbers(1);
  for (const double p : {1.0 / 32, 1.0 / 64, 1.0 / 128}) {
    const double expected_rate = false_verdict_per_block(p);
    // Without the stop at the first verdict, as the formula is: the window is asked at each block.
    FailureWindow window{};
    int verdicts = 0;
    const int blocks = static_cast<int>(3000 / expected_rate);
    for (int block = 0; block < blocks; ++block)
      if (!numbers.hits(p))
        window.passed();
      else
        verdicts += window.failed() ? 1 : 0;
    EXPECT_NEAR(verdicts / (blocks * expected_rate), 1, 0.15) << "1 of " << 1 / p;
  }
}

TEST(FailureWindowTest, AHealthySourceIsNeverCondemned) {
  Numbers numbers(2);
  EXPECT_EQ(blocks_until_latched(numbers, 0x1p-17, 20'000'000), 20'000'000);
}

TEST(FailureWindowTest, AFailingSourceIsFound) {
  Numbers numbers(3);
  struct Case {
    double rate;
    int mean;  ///< blocks, at most
    int worst; ///< of 10000 sources
  };
  for (const Case& source : {Case{3.0 / 4, 6, 30}, Case{1.0 / 4, 18, 80}, Case{1.0 / 16, 100, 1500}}) {
    double sum = 0;
    int worst = 0;
    for (int i = 0; i < 10'000; ++i) {
      const int blocks = blocks_until_latched(numbers, source.rate, 1'000'000);
      sum += blocks;
      worst = std::max(worst, blocks);
    }
    EXPECT_LE(sum / 10'000, source.mean) << source.rate;
    EXPECT_LE(worst, source.worst) << source.rate;
  }
}

TEST(FailureWindowTest, FailuresOlderThanTheWindowDoNotCount) {
  FailureWindow window{};
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(window.failed());
  for (int i = 0; i < k_window_blocks - 3; ++i)
    window.passed();
  EXPECT_FALSE(window.failed()); // the first one is out
  for (int i = 0; i < k_window_blocks - 4; ++i)
    window.passed();
  EXPECT_FALSE(window.failed());
  EXPECT_FALSE(window.failed());
  EXPECT_TRUE(window.failed());
}

TEST(FailureWindowTest, ThreadsShareTheWindowAndLoseNothing) {
  FailureWindow window{};
  std::atomic<int> verdicts{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] { verdicts += window.failed() ? 1 : 0; });
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(verdicts, 16 - (k_window_failures - 1)); // all but the first three
}

/// Draws of 32 bytes from a source whose blocks fail at this rate, until one fails.
int draws_until_latched(double rate, std::uint64_t seed) {
  Numbers numbers(seed);
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  const auto set_next = [&] {
    noise.fail(MockNoiseSource::read, numbers.hits(rate) ? SourceError::adaptive_proportion : SourceError::none);
  };
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read)
      set_next();
  };
  set_next();
  std::array<std::byte, 32> out{};
  for (int draws = 0;; ++draws)
    if (source.draw(out) != SourceError::none) {
      EXPECT_EQ(source.counters().latched, SourceError::adaptive_proportion_too_often);
      EXPECT_EQ(source.counters().permanent_too_often, 1u);
      return draws;
    }
}

TEST(FailureWindowTest, ASourceOfWhichThreeOfFourBlocksFailHandsOutHardlyABlock) {
  int worst = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    worst = std::max(worst, draws_until_latched(3.0 / 4, seed));
  EXPECT_LE(worst, 10);
}

} // namespace
} // namespace kif::entropy
