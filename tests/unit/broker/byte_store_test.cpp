// SPDX-License-Identifier: Apache-2.0
#include "broker/byte_store.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "broker/generator.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

/// Draws these sizes one after the other; each byte of the stream has to come once, in its order.
void draw_in_order(const std::vector<std::size_t>& sizes) {
  CountedStore counted;
  std::uint64_t position = 0;
  for (const std::size_t size : sizes) {
    std::vector<std::byte> out(size);
    ASSERT_TRUE(counted.store.draw(out)) << size;
    ASSERT_TRUE(is_stream_from(position, out)) << size << " bytes at " << position;
    position += size;
  }
}

TEST(ByteStore, SmallRequestsGetEachByteOnceAndInOrder) {
  draw_in_order(std::vector<std::size_t>(5000, 7));
}

TEST(ByteStore, SoDoRequestsAroundItsSizes) {
  draw_in_order({4096, 4096, 4095, 1, 4097, 4095, 4096, 1, 65535, 65536, 65537, 2, 131'072, 3, 200'000, 4096, 1});
}

TEST(ByteStore, SoDoMixedSizes) {
  std::minstd_rand choice(1); // the same sizes each time
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 300; ++i)
    sizes.push_back(choice() % 5 == 0 ? choice() % 150'000 : choice() % 300);
  draw_in_order(sizes);
}

TEST(ByteStore, ARequestForNothingNeedsNoGenerator) {
  ByteStore store;
  EXPECT_TRUE(store.draw({}));
}

TEST(ByteStore, SmallRequestsAreServedFromWhatWasDrawnAhead) {
  CountedStore counted;
  std::vector<std::byte> out(16);
  for (int i = 0; i < 256; ++i)
    ASSERT_TRUE(counted.store.draw(out));
  EXPECT_EQ(counted.generator.requests, 1U);
  ASSERT_TRUE(counted.store.draw(out));
  EXPECT_EQ(counted.generator.requests, 2U);
}

TEST(ByteStore, WithoutDrawAheadTheGeneratorGivesWhatIsAskedForAndNoMore) {
  CountedStore counted(false);
  EXPECT_FALSE(counted.store.draws_ahead());
  std::uint64_t position = 0;
  std::uint64_t requests = 0;
  for (const std::size_t size : {1UL, 16UL, 16UL, 4095UL, 4096UL, 65536UL}) {
    std::vector<std::byte> out(size);
    ASSERT_TRUE(counted.store.draw(out));
    EXPECT_TRUE(is_stream_from(position, out));
    position += size;
    EXPECT_EQ(counted.generator.requests, ++requests);
    EXPECT_EQ(counted.generator.position, position) << "the generator gave more than was asked for";
    EXPECT_EQ(counted.store.drawn_bytes(), position);
  }
}

TEST(ByteStore, WithDrawAheadMoreIsDrawnThanHandedOut) {
  CountedStore counted;
  EXPECT_TRUE(counted.store.draws_ahead());
  std::vector<std::byte> out(16);
  ASSERT_TRUE(counted.store.draw(out));
  EXPECT_EQ(counted.store.drawn_bytes(), 4096U);
}

TEST(ByteStore, NoGeneratorIsAskedForMoreThanADrbgGivesAtOnce) {
  CountedStore counted;
  std::vector<std::byte> out(10 * k_max_draw_bytes + 1); // a larger request would break the link
  ASSERT_TRUE(counted.store.draw(out));
  EXPECT_TRUE(is_stream_from(0, out));
  EXPECT_EQ(counted.generator.requests, 11U);
}

// A machine that was saved while nobody drew has nothing ready when it is restored.
TEST(ByteStore, WhatIsTooOldIsVoid) {
  for (const bool watches : {true, false}) {
    CountingGenerator generator;
    ByteStore store(std::chrono::seconds(5), true, CopySigns{.clocks = watches});
    store.take_generator(-1, generator.take_link(), false);
    std::vector<std::byte> out(16);
    ASSERT_TRUE(store.draw(out));
    ASSERT_TRUE(store.draw(out));
    EXPECT_TRUE(is_stream_from(16, out));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    ASSERT_TRUE(store.draw(out));
    EXPECT_TRUE(is_stream_from(watches ? 4096 : 32, out)) << watches;
    EXPECT_EQ(store.copies_noticed(), 0U) << "that is no sign of a copy";
  }
}

TEST(ByteStore, ManyThreadsNeverGetAByteTwice) {
  CountedStore counted;
  constexpr std::size_t k_threads = 8;
  constexpr std::size_t k_draws = 400;
  std::vector<std::vector<std::uint64_t>> drawn(k_threads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < k_threads; ++i)
    threads.emplace_back([&, i] {
      std::minstd_rand choice(static_cast<unsigned>(i + 1));
      for (std::size_t n = 0; n < k_draws; ++n) {
        // Whole numbers of the stream, so that each is known by itself.
        std::vector<std::uint64_t> numbers(n % 100 == 0 ? 9000 : 1 + choice() % 8);
        if (!counted.store.draw(std::as_writable_bytes(std::span(numbers))))
          return;
        drawn[i].insert(drawn[i].end(), numbers.begin(), numbers.end());
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  std::vector<std::uint64_t> all;
  for (const auto& numbers : drawn)
    all.insert(all.end(), numbers.begin(), numbers.end());
  std::ranges::sort(all);
  ASSERT_GT(all.size(), k_threads * k_draws);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end()) << "a number came twice";
  EXPECT_EQ(all.front(), 0U);
  EXPECT_EQ(all.back(), all.size() - 1) << "a number was lost";
}

} // namespace
} // namespace kif::broker
