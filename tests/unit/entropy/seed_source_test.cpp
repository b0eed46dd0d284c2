// SPDX-License-Identifier: Apache-2.0
#include "entropy/seed_source.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <thread>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include "child.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;

std::vector<std::uint64_t> words_of(std::span<const std::byte> bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  std::memcpy(words.data(), bytes.data(), words.size() * 8);
  return words;
}

std::vector<std::byte> drawn(SeedSource& source, std::size_t size) {
  std::vector<std::byte> out(size);
  EXPECT_EQ(source.draw(out), k_none);
  return out;
}

/// Whether any 8 bytes of `secret` stand anywhere in the source's memory.
bool is_in_memory(const SeedSource& source, std::span<const std::byte> secret) {
  const auto memory = source.memory_for_testing();
  for (std::size_t i = 0; i + 8 <= secret.size(); i += 8) {
    const auto word = secret.subspan(i, 8);
    if (std::search(memory.begin(), memory.end(), word.begin(), word.end()) != memory.end())
      return true;
  }
  return false;
}

void expect_balance(const Counters& counters) {
  EXPECT_EQ(counters.bytes_credited, counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded);
  EXPECT_EQ(counters.bytes_credited, counters.blocks * k_block_bytes);
  EXPECT_EQ(std::accumulate(counters.block_latency.begin(), counters.block_latency.end(), std::uint64_t{0}),
            counters.blocks);
}

/// A clock that stands where the test puts it.
struct FakeClock {
  std::atomic<std::int64_t> realtime_ns{1'000'000'000'000};
  std::atomic<std::int64_t> boottime_ns{1'000};

  static ClockSample read(void* self) noexcept {
    const auto& clock = *static_cast<FakeClock*>(self);
    return {.realtime_ns = clock.realtime_ns, .monotonic_ns = 1'000, .boottime_ns = clock.boottime_ns, .width_ns = 0};
  }
  SeedSource::Options options(std::size_t pool_bytes) {
    return {.pool_bytes = pool_bytes, .clock = read, .clock_context = this};
  }
};

TEST(SeedSourceTest, ThePoolComesFirstThenNewBlocks) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 64});
  ASSERT_EQ(source.fill(64), k_none);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 2u);
  EXPECT_EQ(source.counters().bytes_held, 64u);

  const auto out = drawn(source, 96);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 3u);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t block = 1; block <= 3; ++block)
    for (std::size_t i = 0; i < 4; ++i)
      expected.push_back(mock_word(block, i));
  EXPECT_EQ(words_of(out), expected);
  EXPECT_EQ(source.counters().bytes_handed_out, 96u);
  EXPECT_EQ(source.counters().bytes_held, 0u);
  expect_balance(source.counters());
}

TEST(SeedSourceTest, LeftoversOfABlockAreUsed) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 64});
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 6; ++i) { // as modules 3.0 to 3.3 draw, then as 3.4 and later do
    const auto words = words_of(drawn(source, i < 4 ? 16 : 48));
    all.insert(all.end(), words.begin(), words.end());
  }
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 5u); // 160 bytes are five blocks
  EXPECT_EQ(std::unordered_set(all.begin(), all.end()).size(), 20u);
  EXPECT_EQ(source.counters().bytes_discarded, 0u);
  expect_balance(source.counters());
}

TEST(SeedSourceTest, SizesThatAreNoBlocksLoseAndRepeatNoByte) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 256});
  std::vector<std::byte> all;
  for (std::size_t size = 1; size <= 100; ++size) {
    const auto out = drawn(source, size);
    all.insert(all.end(), out.begin(), out.end());
  }
  const Counters counters = source.counters();
  EXPECT_EQ(counters.bytes_discarded, 0u);
  EXPECT_LT(counters.bytes_held, 32u);
  expect_balance(counters);
  const auto rest = drawn(source, counters.bytes_held);
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_EQ(source.counters().bytes_held, 0u);

  std::vector<std::byte> made;
  for (std::uint64_t block = 1; block <= counters.blocks; ++block)
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint64_t word = mock_word(block, i);
      const auto bytes = std::as_bytes(std::span(&word, 1));
      made.insert(made.end(), bytes.begin(), bytes.end());
    }
  std::sort(all.begin(), all.end());
  std::sort(made.begin(), made.end());
  EXPECT_EQ(all, made);
}

TEST(SeedSourceTest, WithoutAPoolNothingIsKept) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  EXPECT_EQ(source.pool_capacity(), 0u);
  EXPECT_EQ(source.fill(64), k_none);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 0u);
  const auto out = drawn(source, 48);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 2u);
  EXPECT_EQ(source.counters().bytes_held, 0u);
  EXPECT_EQ(source.counters().bytes_discarded, 16u);
  EXPECT_FALSE(is_in_memory(source, out));
  expect_balance(source.counters());
}

TEST(SeedSourceTest, ThePoolIsWholeBlocksAndBounded) {
  MockNoiseSource noise;
  EXPECT_EQ(SeedSource(noise, {.pool_bytes = 1}).pool_capacity(), 32u);
  EXPECT_EQ(SeedSource(noise, {.pool_bytes = 64}).pool_capacity(), 64u);
  EXPECT_EQ(SeedSource(noise, {.pool_bytes = 65}).pool_capacity(), 96u);
  SeedSource largest(noise, {.pool_bytes = std::size_t{1} << 40});
  EXPECT_EQ(largest.pool_capacity(), k_max_pool_bytes);
  EXPECT_EQ(largest.fill(1 << 20), k_none);
  EXPECT_EQ(largest.counters().bytes_held, k_max_pool_bytes);
  expect_balance(largest.counters());
}

TEST(SeedSourceTest, FillMakesNoMoreThanIsWanted) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 128});
  EXPECT_EQ(source.fill(33), k_none);
  EXPECT_EQ(source.counters().bytes_held, 64u);
  EXPECT_EQ(source.fill(64), k_none);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 2u);
  drawn(source, 16);
  EXPECT_EQ(source.fill(128), k_none); // the third block completes, the fourth's 16 bytes that do not fit are let go
  EXPECT_EQ(source.counters().bytes_held, 128u);
  EXPECT_EQ(source.counters().bytes_discarded, 16u);
  expect_balance(source.counters());
}

TEST(SeedSourceTest, BytesHandedOutAreWiped) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 96});
  ASSERT_EQ(source.fill(96), k_none);
  std::vector<std::byte> first_block(32);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t word = mock_word(1, i);
    std::memcpy(first_block.data() + 8 * i, &word, 8);
  }
  EXPECT_TRUE(is_in_memory(source, first_block)); // the control
  const auto out = drawn(source, 48);
  EXPECT_FALSE(is_in_memory(source, out));
}

TEST(SeedSourceTest, NothingIsDrawnForNothing) {
  MockNoiseSource noise;
  SeedSource source(noise, {});
  EXPECT_EQ(source.draw({}), k_none);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 0u);
}

TEST(SeedSourceTest, PrepareTestsOnceAndMakesOneCollector) {
  MockNoiseSource noise;
  SeedSource source(noise, {});
  EXPECT_EQ(source.prepare(), k_none);
  EXPECT_EQ(source.prepare(), k_none);
  EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
  EXPECT_EQ(noise.calls(MockNoiseSource::collector), 1u);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 0u);
  drawn(source, 320);
  EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
  EXPECT_EQ(source.counters().collectors_made, 1u);
}

TEST(SeedSourceTest, SixtyFourThreadsTestOnceAndNeverShareACollector) {
  MockNoiseSource noise;
  noise.hook = [](MockNoiseSource::Point) { std::this_thread::sleep_for(std::chrono::microseconds(200)); };
  {
    SeedSource source(noise, {});
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int i = 0; i < 64; ++i)
      threads.emplace_back([&] {
        std::array<std::byte, 48> out;
        if (source.draw(out) != k_none)
          ++failures;
      });
    for (auto& thread : threads)
      thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
    EXPECT_LE(noise.most_collectors_alive(), static_cast<int>(usable_collectors()));
    expect_balance(source.counters());
  }
  EXPECT_EQ(noise.contract_violations(), 0);
  EXPECT_EQ(noise.collectors_alive(), 0);
}

TEST(SeedSourceTest, AClockDiscontinuityEmptiesThePool) {
  for (const bool sleeps : {false, true}) {
    MockNoiseSource noise;
    FakeClock clock;
    SeedSource source(noise, clock.options(64));
    ASSERT_EQ(source.fill(64), k_none);
    (sleeps ? clock.boottime_ns : clock.realtime_ns) += 60'000'000'000;
    const auto out = drawn(source, 16);
    EXPECT_EQ(words_of(out)[0], mock_word(3, 0)); // blocks 1 and 2 were given up
    EXPECT_EQ(source.counters().discontinuities, 1u);
    EXPECT_EQ(source.counters().bytes_discarded, 64u);
    EXPECT_EQ(source.counters().bytes_held, 16u);
    expect_balance(source.counters());
    std::vector<std::byte> lost(16);
    for (std::uint64_t i = 0; i < 2; ++i) {
      const std::uint64_t word = mock_word(i + 1, i);
      std::memcpy(lost.data() + 8 * i, &word, 8);
    }
    EXPECT_FALSE(is_in_memory(source, lost));
    drawn(source, 16);
    EXPECT_EQ(source.counters().discontinuities, 1u);
  }
}

TEST(SeedSourceTest, ADiscontinuityMetByAnotherThreadVoidsADrawInTheMiddle) {
  MockNoiseSource noise;
  FakeClock clock;
  SeedSource source(noise, clock.options(64));
  ASSERT_EQ(source.prepare(), k_none);
  std::atomic<bool> inside{false}, go_on{false};
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read && !inside.exchange(true))
      wait_until([&] { return go_on.load(); });
  };
  std::vector<std::byte> out(32);
  std::thread slow([&] { EXPECT_EQ(source.draw(out), k_none); });
  ASSERT_TRUE(wait_until([&] { return inside.load(); }));
  clock.realtime_ns += 60'000'000'000;
  EXPECT_EQ(source.fill(0), k_none); // looks at the clock
  go_on = true;
  slow.join();
  EXPECT_NE(words_of(out)[0], mock_word(1, 0));
  EXPECT_EQ(source.counters().bytes_discarded, 32u);
  expect_balance(source.counters());
}

TEST(SeedSourceTest, ACancelledThreadLeavesNothingClaimed) {
  MockNoiseSource noise;
  SeedSource source(noise, {.pool_bytes = 0});
  std::atomic<bool> inside{false}, go_on{false}, returned{false};
  noise.hook = [&](MockNoiseSource::Point point) {
    if (point == MockNoiseSource::read && !inside.exchange(true))
      wait_until([&] { return go_on.load(); }); // sleeps: a cancellation point
  };
  std::thread cancelled([&] {
    std::array<std::byte, 32> out;
    EXPECT_EQ(source.draw(out), k_none);
    returned = true;
    for (;;)
      ::pthread_testcancel();
  });
  ASSERT_TRUE(wait_until([&] { return inside.load(); }));
  ::pthread_cancel(cancelled.native_handle());
  go_on = true;
  cancelled.join();
  EXPECT_TRUE(returned);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2 * k_max_collectors; ++i)
    threads.emplace_back([&] { drawn(source, 32); });
  for (auto& thread : threads)
    thread.join();
  expect_balance(source.counters());
}

} // namespace
} // namespace kif::entropy
