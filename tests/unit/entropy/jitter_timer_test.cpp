// SPDX-License-Identifier: Apache-2.0
// The real library on this machine's real timer. Times are printed, not judged: they are the machine's.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "entropy/jitter_library.h"
#include "entropy/seed_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;
using Block = std::array<std::byte, k_block_bytes>;

template <class Call> double time_us(Call&& call) {
  const auto started = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - started).count();
}

JitterLibrary open_library(unsigned osr = jitterentropy::k_min_osr) {
  auto library = JitterLibrary::open(KIF_JITTERENTROPY_LIBRARY, {.osr = osr});
  if (!library)
    throw std::runtime_error(library.error().render("test") + "run tools/bootstrap");
  return std::move(*library);
}

TEST(JitterTimerTest, TheLibraryGivesDistinctBlocks) {
  auto library = open_library();
  EXPECT_GE(library.version(), 3060000u);
  CollectorHandle* collector = nullptr;
  const double startup_us = time_us([&] { ASSERT_EQ(library.startup_test(), k_none); });
  const double collector_us = time_us([&] { ASSERT_EQ(library.new_collector(collector), k_none); });
  std::set<Block> blocks;
  std::vector<double> block_us;
  for (int i = 0; i < 20; ++i) {
    Block block{};
    block_us.push_back(time_us([&] { ASSERT_EQ(library.read_block(collector, block), k_none); }));
    blocks.insert(block);
  }
  library.free_collector(collector);
  EXPECT_EQ(blocks.size(), 20u);
  std::sort(block_us.begin(), block_us.end());
  std::printf("jitterentropy %u, osr 3: start-up test %.1f ms, collector %.1f ms, block %.1f ms (%.1f to %.1f)\n",
              library.version(), startup_us / 1000, collector_us / 1000, block_us[10] / 1000, block_us.front() / 1000,
              block_us.back() / 1000);
}

TEST(JitterTimerTest, AHigherOsrTakesLonger) {
  const auto time_block = [](unsigned osr) {
    auto library = open_library(osr);
    CollectorHandle* collector = nullptr;
    EXPECT_EQ(library.startup_test(), k_none);
    EXPECT_EQ(library.new_collector(collector), k_none);
    Block block{};
    double us = std::numeric_limits<double>::max(); // the shortest of a few: other load only lengthens
    for (int i = 0; i < 5; ++i)
      us = std::min(us, time_us([&] { EXPECT_EQ(library.read_block(collector, block), k_none); }));
    library.free_collector(collector);
    return us;
  };
  EXPECT_GT(time_block(9), 1.5 * time_block(3)); // it collects three times the samples
}

TEST(JitterTimerTest, ThreadsAndChildrenDrawDistinctBytes) {
  auto library = open_library();
  SeedSource source(library, {.pool_bytes = 64});
  ASSERT_EQ(source.fill(64), k_none);
  std::vector<Block> blocks(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 3; ++i)
    threads.emplace_back([&, i] { EXPECT_EQ(source.draw(blocks[i]), k_none); });
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork(); // while collectors are at work
  if (child == 0) {
    Block block{};
    const bool drew = source.draw(block) == k_none;
    ::_exit(drew && ::write(pipe_ends[1], block.data(), block.size()) == 32 ? 0 : 1);
  }
  ASSERT_EQ(::read(pipe_ends[0], blocks[3].data(), 32), 32);
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(std::set<Block>(blocks.begin(), blocks.end()).size(), 4u);
  const Counters counters = source.counters();
  EXPECT_EQ(counters.bytes_credited, counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded);
  EXPECT_EQ(counters.latched, k_none);
}

TEST(JitterTimerTest, ADrawFromThePoolIsShort) {
  auto library = open_library();
  SeedSource source(library, {.pool_bytes = 1600});
  ASSERT_EQ(source.fill(1600), k_none);
  std::vector<double> draw_us;
  std::array<std::byte, 48> out;
  for (int i = 0; i < 33; ++i)
    draw_us.push_back(time_us([&] { ASSERT_EQ(source.draw(out), k_none); }));
  std::sort(draw_us.begin(), draw_us.end());
  std::printf("draw of 48 bytes from the pool: %.0f ns (%.0f to %.0f)\n", draw_us[16] * 1000, draw_us.front() * 1000,
              draw_us.back() * 1000);
  EXPECT_LT(draw_us[16], 1000.0); // a block takes 20 times that at the least
}

} // namespace
} // namespace kif::entropy
