// SPDX-License-Identifier: Apache-2.0
// The comparison; the processes are tried in tests/system/init, with a library that repeats itself.
#include "init/repetition.h"

#include <array>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

namespace kif::init {
namespace {

using Blocks = std::array<std::byte, 96>;

Blocks distinct_blocks() {
  std::mt19937_64 numbers(1);
  Blocks blocks{};
  for (std::size_t i = 0; i < blocks.size(); i += 8) {
    const std::uint64_t word = numbers();
    std::memcpy(&blocks[i], &word, 8);
  }
  return blocks;
}

TEST(Repetition, DistinctBlocksDoNotRepeat) {
  EXPECT_FALSE(repeats_itself(distinct_blocks()));
  EXPECT_FALSE(repeats_itself({}));
}

TEST(Repetition, EightBytesInTwoPlacesAreEnough) {
  for (const auto& [from, to] : {std::pair<std::size_t, std::size_t>{0, 32}, {0, 64}, {40, 80}, {8, 16}, {88, 0}}) {
    Blocks blocks = distinct_blocks();
    std::memcpy(&blocks[to], &blocks[from], 8);
    EXPECT_TRUE(repeats_itself(blocks)) << from << " " << to;
    blocks[to] ^= std::byte{1};
    EXPECT_FALSE(repeats_itself(blocks)) << from << " " << to;
  }
  EXPECT_TRUE(repeats_itself(Blocks{}));
}

} // namespace
} // namespace kif::init
