// SPDX-License-Identifier: Apache-2.0
// The unmodified library on a timer that really stands still: the processor's counter is taken away from the thread
// (tests/fixtures/jitterentropy/frozen.c). What is judged is what the source comes to, and after how many blocks.
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "child.h"
#include "entropy/jitter_library.h"
#include "entropy/seed_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;
using Block = std::array<std::byte, k_block_bytes>;

class FrozenTimerTest : public testing::Test {
protected:
  void SetUp() override {
    // A mapping of its own for each test: it counts its calls from one.
    void* const handle = ::dlopen(KIF_FROZEN_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle, nullptr) << ::dlerror();
    const bool can_freeze = reinterpret_cast<int (*)()>(::dlsym(handle, "kif_can_freeze"))() != 0;
    ::dlclose(handle);
    if (!can_freeze)
      GTEST_SKIP() << "the counter of a thread cannot be taken away here: not x86-64, or no PR_SET_TSC";
    m_folder.emplace(TempDir::create("kif-test").value());
    ::setenv("KIF_FAULTY_JITTER", ("file:" + (m_folder->path() / "faults").string()).c_str(), 1);
  }

  /// What stands still from now on. The calls of the past count.
  void set(const std::string& faults) {
    std::ofstream(m_folder->path() / "new") << faults;
    std::filesystem::rename(m_folder->path() / "new", m_folder->path() / "faults");
  }

  static JitterLibrary open() {
    auto library = JitterLibrary::open(KIF_FROZEN_LIBRARY);
    if (!library)
      throw std::runtime_error(library.error().render("test") + "run tools/bootstrap");
    return std::move(*library);
  }

private:
  std::optional<TempDir> m_folder;
};

/// On failure no byte may be handed out.
SourceError draw(SeedSource& source, Block& block) {
  block.fill(std::byte{0xa5});
  const SourceError error = source.draw(block);
  EXPECT_EQ(block == Block{}, error != k_none);
  return error;
}
SourceError draw(SeedSource& source) {
  Block block;
  return draw(source, block);
}

/// `verdict` for good: for this thread, for another, for a child.
void expect_latched(SeedSource& source, SourceError verdict) {
  const Counters before = source.counters();
  EXPECT_EQ(before.latched, verdict);
  EXPECT_EQ(before.bytes_held, 0u);
  EXPECT_EQ(draw(source), verdict);
  std::thread([&] { EXPECT_EQ(draw(source), verdict); }).join();
  EXPECT_EQ(result_of([&] { return in_child([&] { return draw(source) == verdict ? 0 : 1; }); }), 0);
  const Counters after = source.counters();
  EXPECT_EQ(after.startup_tests, before.startup_tests); // it is not tried again
  EXPECT_EQ(after.intermittent_failures(), before.intermittent_failures());
}

TEST_F(FrozenTimerTest, AsLongAsItRunsAllIsGood) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 64});
  std::set<Block> blocks;
  for (int i = 0; i < 20; ++i) {
    Block block;
    ASSERT_EQ(draw(source, block), k_none);
    blocks.insert(block);
  }
  EXPECT_EQ(blocks.size(), 20u);
  EXPECT_EQ(source.counters().intermittent_failures(), 0u);
  EXPECT_EQ(source.counters().latched, k_none);
}

TEST_F(FrozenTimerTest, WhatTheLibraryItselfSays) {
  auto library = open();
  set("startup:1@1x1,startup:2@2x1,read:1@2x2");
  EXPECT_EQ(library.startup_test(), SourceError::startup_coarse_timer);
  EXPECT_EQ(library.startup_test(), SourceError::startup_no_timer);
  EXPECT_EQ(library.startup_test(), k_none);
  CollectorHandle* collector = nullptr;
  ASSERT_EQ(library.new_collector(collector), k_none);
  Block block;
  EXPECT_EQ(library.read_block(collector, block), k_none);
  EXPECT_EQ(library.read_block(collector, block), SourceError::repetition_count);
  EXPECT_EQ(library.read_block(collector, block), SourceError::repetition_count);
  library.free_collector(collector);
  // A collector is made on a timer that stands still; what fails is its first block.
  set("alloc:1");
  ASSERT_EQ(library.new_collector(collector), k_none);
  EXPECT_EQ(library.read_block(collector, block), SourceError::repetition_count);
  library.free_collector(collector);
}

TEST_F(FrozenTimerTest, FrozenFromTheStart) {
  for (const auto& [faults, verdict] : {std::pair{"startup:1,alloc:1,read:1", SourceError::startup_coarse_timer},
                                        std::pair{"startup:2,alloc:2,read:2", SourceError::startup_no_timer}}) {
    auto library = open();
    SeedSource source(library, {.pool_bytes = 64});
    set(faults);
    EXPECT_EQ(source.prepare(), verdict);
    expect_latched(source, verdict);
    EXPECT_EQ(source.counters().blocks, 0u);
    set("none"); // a verdict stays
    expect_latched(source, verdict);
  }
}

TEST_F(FrozenTimerTest, FrozenAfterAHealthyStart) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 256});
  ASSERT_EQ(source.fill(256), k_none);
  set("startup:1,alloc:1,read:1");
  for (int i = 0; i < 8; ++i) // these are from before
    EXPECT_EQ(draw(source), k_none);
  EXPECT_EQ(draw(source), SourceError::startup_coarse_timer);
  const Counters counters = source.counters();
  EXPECT_EQ(counters.blocks, 8u);
  EXPECT_EQ(counters.intermittent_repetition_count, 1u); // the first block, and then the start-up test
  set("none");
  expect_latched(source, SourceError::startup_coarse_timer);
}

TEST_F(FrozenTimerTest, FrozenInBlocksAloneAndNeverWhileItIsTested) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  ASSERT_EQ(draw(source), k_none);
  set("read:1");
  EXPECT_EQ(draw(source), SourceError::repetition_count_too_often);
  const Counters counters = source.counters();
  EXPECT_EQ(counters.intermittent_repetition_count, 1u + k_max_fresh_collectors);
  EXPECT_EQ(counters.startup_tests, 1u + k_max_fresh_collectors);
  set("none");
  expect_latched(source, SourceError::repetition_count_too_often);
}

TEST_F(FrozenTimerTest, FrozenDuringThreeOfFourBlocks) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  ASSERT_EQ(draw(source), k_none);
  set("read:1@2x3/4"); // the block after that is the fourth failure of the window
  EXPECT_EQ(draw(source), k_none);
  EXPECT_EQ(draw(source), SourceError::repetition_count_too_often);
  const Counters counters = source.counters();
  EXPECT_EQ(counters.blocks, 2u);
  EXPECT_EQ(counters.intermittent_repetition_count, static_cast<unsigned>(k_window_failures));
  set("none");
  expect_latched(source, SourceError::repetition_count_too_often);
}

TEST_F(FrozenTimerTest, FrozenDuringOneOfSixteenBlocks) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  set("read:1@1x1/16");
  SourceError error = k_none;
  unsigned blocks = 0;
  for (; error == k_none && blocks < 200; ++blocks)
    error = draw(source);
  EXPECT_EQ(error, SourceError::repetition_count_too_often);
  EXPECT_EQ(blocks, 46u); // 49 reads, four of which failed, and the last draw gave none
  expect_latched(source, SourceError::repetition_count_too_often);
}

TEST_F(FrozenTimerTest, OnceFrozenIsPassedOver) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  set("read:1@2x3");
  for (int i = 0; i < 80; ++i)
    EXPECT_EQ(draw(source), k_none);
  EXPECT_EQ(source.counters().intermittent_repetition_count, 3u);
  EXPECT_EQ(source.counters().startup_tests, 4u);
  EXPECT_EQ(source.counters().latched, k_none);
}

TEST_F(FrozenTimerTest, FrozenWhileThreadsDraw) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  ASSERT_EQ(draw(source), k_none);
  set("startup:1@2,read:1@8");
  std::vector<std::thread> threads;
  std::atomic<unsigned> drawn{0};
  for (int i = 0; i < 3; ++i) // four that fail at once would be a verdict of their own
    threads.emplace_back([&] {
      SourceError error;
      while ((error = draw(source)) == k_none)
        ++drawn;
      EXPECT_EQ(error, SourceError::startup_coarse_timer);
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_LE(drawn, 6u); // of the reads 2 to 7
  expect_latched(source, SourceError::startup_coarse_timer);
}

TEST_F(FrozenTimerTest, FrozenInAChildAlone) {
  auto library = open();
  SeedSource source(library, {.pool_bytes = 0});
  ASSERT_EQ(draw(source), k_none);
  for (const auto& [faults, verdict] : {std::pair{"startup:1,read:1", SourceError::startup_coarse_timer},
                                        std::pair{"read:1", SourceError::repetition_count_too_often},
                                        std::pair{"read:1@1x3/4", SourceError::repetition_count_too_often}}) {
    set(faults);
    EXPECT_EQ(result_of([&] {
                return in_child([&] {
                  SourceError error = k_none;
                  for (int i = 0; error == k_none && i < 3; ++i)
                    error = draw(source);
                  EXPECT_EQ(error, verdict);
                  EXPECT_EQ(source.counters().latched, verdict);
                  EXPECT_EQ(draw(source), verdict);
                  return 0;
                });
              }),
              0)
        << faults;
    set("none");
    EXPECT_EQ(draw(source), k_none); // the child's verdict is the child's
    EXPECT_EQ(source.counters().latched, k_none);
  }
}

} // namespace
} // namespace kif::entropy
