// SPDX-License-Identifier: Apache-2.0
#include "entropy/seed_pool.h"

#include <algorithm>
#include <numeric>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kif::entropy {
namespace {

constexpr Generation k_first = 1 << k_generation_process_shift;

std::vector<std::byte> numbered(std::size_t size, int from) {
  std::vector<std::byte> bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return std::byte(from++); });
  return bytes;
}

std::vector<std::byte> take(SeedPool& pool, std::size_t size, Generation generation = k_first) {
  std::vector<std::byte> out(size);
  out.resize(pool.take(out, generation));
  return out;
}

bool is_blank(std::span<const PoolSlot> slots) {
  return std::all_of(slots.begin(), slots.end(), [](const PoolSlot& slot) {
    return std::all_of(slot.bytes.begin(), slot.bytes.end(), [](std::byte byte) { return byte == std::byte{0}; });
  });
}

TEST(SeedPoolTest, GivesEachByteOnceAndWipesIt) {
  std::vector<PoolSlot> slots(2);
  SeedPool pool(slots);
  EXPECT_EQ(pool.capacity(), 64u);
  EXPECT_EQ(pool.store(numbered(32, 1), k_first), 32u);
  EXPECT_EQ(pool.store(numbered(16, 101), k_first), 16u);
  EXPECT_EQ(pool.held(), 48u);

  EXPECT_EQ(take(pool, 20), numbered(20, 1));
  EXPECT_EQ(pool.held(), 28u);
  std::vector<std::byte> rest = numbered(12, 21);
  const auto second = numbered(16, 101);
  rest.insert(rest.end(), second.begin(), second.end());
  EXPECT_EQ(take(pool, 100), rest);
  EXPECT_EQ(pool.held(), 0u);
  EXPECT_TRUE(take(pool, 1).empty());
  EXPECT_TRUE(is_blank(slots));
}

TEST(SeedPoolTest, ABlockIsSplitOverWhatIsFree) {
  std::vector<PoolSlot> slots(2);
  SeedPool pool(slots);
  ASSERT_EQ(pool.store(numbered(20, 1), k_first), 20u);
  EXPECT_EQ(pool.store(numbered(32, 101), k_first), 32u); // 12 beside the 20, 20 in the second slot
  EXPECT_EQ(pool.store(numbered(32, 201), k_first), 12u); // all that fits
  EXPECT_EQ(pool.held(), 64u);
  auto all = take(pool, 64);
  auto expected = numbered(20, 1);
  for (const auto& more : {numbered(32, 101), numbered(12, 201)})
    expected.insert(expected.end(), more.begin(), more.end());
  std::sort(all.begin(), all.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all, expected);
  EXPECT_TRUE(is_blank(slots));
}

TEST(SeedPoolTest, WithoutSlotsItHoldsNothing) {
  SeedPool pool;
  EXPECT_EQ(pool.capacity(), 0u);
  EXPECT_EQ(pool.store(numbered(32, 1), k_first), 0u);
  EXPECT_TRUE(take(pool, 32).empty());
}

TEST(SeedPoolTest, BytesOfAnotherGenerationAreNeverTakenAndAreWiped) {
  std::vector<PoolSlot> slots(2);
  SeedPool pool(slots);
  ASSERT_EQ(pool.store(numbered(40, 1), k_first), 40u);
  EXPECT_TRUE(take(pool, 40, k_first + 1).empty());
  EXPECT_EQ(pool.held(), 40u);
  EXPECT_EQ(pool.wipe_other_generations(k_first), 0u);
  EXPECT_EQ(pool.wipe_other_generations(k_first + 1), 40u);
  EXPECT_EQ(pool.held(), 0u);
  EXPECT_TRUE(is_blank(slots));
  // What a slow thread stores for the old generation later is not found in the new one either.
  ASSERT_EQ(pool.store(numbered(16, 1), k_first), 16u);
  ASSERT_EQ(pool.store(numbered(32, 101), k_first + 1), 32u);
  EXPECT_EQ(take(pool, 64, k_first + 1), numbered(32, 101));
  EXPECT_EQ(pool.wipe_other_generations(k_first + 1), 16u);
  EXPECT_TRUE(is_blank(slots));
}

TEST(SeedPoolTest, AClaimedSlotIsPassedOver) {
  std::vector<PoolSlot> slots(2);
  SeedPool pool(slots);
  ASSERT_EQ(pool.store(numbered(64, 1), k_first), 64u);
  slots[0].word |= 0x80; // another thread is inside
  EXPECT_EQ(take(pool, 64), numbered(32, 33));
  EXPECT_EQ(pool.store(numbered(64, 101), k_first), 32u);
  EXPECT_EQ(pool.wipe_other_generations(k_first + 1), 32u);
  slots[0].word &= ~std::uint64_t{0x80};
  EXPECT_EQ(take(pool, 64), numbered(32, 1));
}

TEST(SeedPoolTest, ThreadsLoseAndRepeatNothing) {
  constexpr int k_threads = 8;
  constexpr std::uint32_t k_words_each = 20'000;
  std::vector<PoolSlot> slots(4);
  SeedPool pool(slots);
  std::vector<std::vector<std::uint32_t>> taken(k_threads);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> stored{0};
  for (int t = 0; t < k_threads; ++t)
    threads.emplace_back([&, t] {
      // Words of four bytes, stored and taken by fours and twelves, stay whole: every slot's fill is a multiple of
      // four.
      for (std::uint32_t i = 0; i < k_words_each; ++i) {
        const std::uint32_t word = static_cast<std::uint32_t>(t) << 24 | (i + 1);
        stored += pool.store(std::as_bytes(std::span(&word, 1)), k_first);
        std::array<std::uint32_t, 3> out{};
        const std::size_t bytes = pool.take(std::as_writable_bytes(std::span(out)).first(i % 3 == 0 ? 12 : 4), k_first);
        taken[static_cast<std::size_t>(t)].insert(taken[static_cast<std::size_t>(t)].end(), out.begin(),
                                                  out.begin() + static_cast<std::ptrdiff_t>(bytes / 4));
      }
    });
  for (auto& thread : threads)
    thread.join();
  std::vector<std::uint32_t> all;
  for (const auto& part : taken)
    all.insert(all.end(), part.begin(), part.end());
  EXPECT_EQ(all.size() * 4 + pool.held(), stored);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_TRUE(std::none_of(all.begin(), all.end(), [](std::uint32_t word) { return word == 0; }));
}

} // namespace
} // namespace kif::entropy
