// SPDX-License-Identifier: Apache-2.0
// Forks at the worst moments, each with its own sign of what would go wrong: bytes seen twice, a claim that nobody
// gives back.
#include "entropy/seed_source.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "child.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;
using Block = std::array<std::uint64_t, 4>;

Block drawn(SeedSource& source) {
  Block block{};
  EXPECT_EQ(source.draw(std::as_writable_bytes(std::span(block))), k_none);
  return block;
}

bool balances(const Counters& counters) {
  return counters.bytes_credited == counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded;
}

bool is_blank(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

/// How a child comes into being, and whether the kernel wipes memory for it.
struct ForkCase {
  int (*fork)(const std::function<int()>&);
  bool kernel_wipes;
};
constexpr std::array k_ways{ForkCase{in_child, true}, ForkCase{in_raw_child, true}, ForkCase{in_child, false},
                            ForkCase{in_raw_child, false}};

/// Runs a test's body once for each way, in a process of its own, since the refusal of an advice cannot be taken back.
/// The body returns 0 or the number of what it found wrong.
void in_each_way(const std::function<int(const ForkCase&)>& body) {
  for (std::size_t i = 0; i < k_ways.size(); ++i)
    EXPECT_EQ(in_child([&] {
                if (!k_ways[i].kernel_wipes)
                  set_wipe_on_fork(WipeOnFork::refused);
                return body(k_ways[i]);
              }),
              0)
        << "way " << i;
}

TEST(SeedSourceForkTest, AChildSeesNoneOfTheParentsBytes) {
  in_each_way([](const ForkCase& way) {
    MockNoiseSource noise;
    SeedSource source(noise, {.pool_bytes = 64});
    if (source.pool_capacity() != (way.kernel_wipes ? 64u : 0u))
      return 1;
    if (source.fill(64) != k_none || (way.kernel_wipes && is_blank(source.memory_for_testing())))
      return 2;
    SharedArray<Block> childs(1);
    const int result = way.fork([&] {
      if (way.kernel_wipes && !is_blank(source.memory_for_testing()))
        return 3;
      childs[0] = drawn(source);
      const Counters counters = source.counters();
      return balances(counters) && counters.blocks == 1 && counters.collectors_made == 1 ? 0 : 4;
    });
    if (result != 0)
      return result;
    const Block mine[] = {drawn(source), drawn(source), drawn(source)};
    for (const Block& block : mine)
      if (block == childs[0])
        return 5;
    return balances(source.counters()) && noise.contract_violations() == 0 ? 0 : 6;
  });
}

TEST(SeedSourceForkTest, WhereTheKernelDoesNotWipeNothingRestsBetweenCalls) {
  EXPECT_EQ(in_child([] {
              set_wipe_on_fork(WipeOnFork::refused);
              MockNoiseSource noise;
              SeedSource source(noise, {.pool_bytes = 64});
              std::array<std::uint64_t, 6> out{};
              if (source.draw(std::as_writable_bytes(std::span(out))) != k_none)
                return 1;
              const auto memory = source.memory_for_testing();
              for (std::uint64_t block = 1; block <= 2; ++block)
                for (std::size_t i = 0; i < 4; ++i) {
                  const std::uint64_t word = mock_word(block, i);
                  const auto bytes = std::as_bytes(std::span(&word, 1));
                  if (std::search(memory.begin(), memory.end(), bytes.begin(), bytes.end()) != memory.end())
                    return 2;
                }
              const Counters counters = source.counters();
              return counters.bytes_held == 0 && counters.bytes_discarded == 16 && balances(counters) ? 0 : 3;
            }),
            0);
}

TEST(SeedSourceForkTest, AForkWhileAllCollectorsAreInUseDoesNotHangTheChild) {
  in_each_way([](const ForkCase& way) {
    MockNoiseSource noise;
    SeedSource source(noise, {.pool_bytes = 64});
    const pid_t parent = ::getpid();
    std::atomic<int> inside{0};
    std::atomic<bool> go_on{false};
    noise.hook = [&](MockNoiseSource::Point point) {
      if (point != MockNoiseSource::read || ::getpid() != parent)
        return;
      ++inside;
      wait_until([&] { return go_on.load(); });
    };
    const auto collectors = static_cast<int>(usable_collectors());
    SharedArray<Block> blocks(static_cast<std::size_t>(collectors) + 3);
    std::vector<std::thread> threads;
    for (int i = 0; i < collectors + 2; ++i) // two of them wait
      threads.emplace_back([&, i] { blocks[static_cast<std::size_t>(i)] = drawn(source); });
    if (!wait_until([&] { return inside == collectors; }))
      return 1;
    const int result = way.fork([&] {
      blocks[static_cast<std::size_t>(collectors) + 2] = drawn(source);
      return balances(source.counters()) ? 0 : 2;
    });
    go_on = true;
    for (auto& thread : threads)
      thread.join();
    if (result != 0)
      return result;
    if (std::set<Block>(blocks.begin(), blocks.end()).size() != static_cast<std::size_t>(collectors) + 3)
      return 3;
    return balances(source.counters()) && noise.contract_violations() == 0 ? 0 : 4;
  });
}

TEST(SeedSourceForkTest, AForkWhileTheStartUpTestRunsDoesNotHangTheChild) {
  in_each_way([](const ForkCase& way) {
    MockNoiseSource noise;
    SeedSource source(noise, {});
    const pid_t parent = ::getpid();
    std::atomic<bool> inside{false}, go_on{false};
    noise.hook = [&](MockNoiseSource::Point point) {
      if (point != MockNoiseSource::startup || ::getpid() != parent)
        return;
      inside = true;
      wait_until([&] { return go_on.load(); });
    };
    SharedArray<Block> blocks(3);
    std::thread runner([&] { blocks[0] = drawn(source); });
    if (!wait_until([&] { return inside.load(); }))
      return 1;
    std::thread waiter([&] { blocks[1] = drawn(source); });
    const int result = way.fork([&] {
      blocks[2] = drawn(source);
      return noise.calls(MockNoiseSource::startup) == 2 ? 0 : 2; // the parent's has not passed: it runs its own
    });
    go_on = true;
    runner.join();
    waiter.join();
    if (result != 0)
      return result;
    if (noise.calls(MockNoiseSource::startup) != 1)
      return 3;
    return std::set<Block>(blocks.begin(), blocks.end()).size() == 3 ? 0 : 4;
  });
}

TEST(SeedSourceForkTest, GenerationsDifferAlongALineOfChildren) {
  in_each_way([](const ForkCase& way) {
    MockNoiseSource noise;
    SeedSource source(noise, {.pool_bytes = 64});
    SharedArray<Block> blocks(5);
    std::function<int(std::size_t)> descend = [&](std::size_t depth) -> int {
      if (source.fill(64) != k_none)
        return 1;
      if (depth + 1 < 5)
        if (const int result = way.fork([&] { return descend(depth + 1); }); result != 0)
          return result;
      blocks[depth] = drawn(source);
      return balances(source.counters()) ? 0 : 2;
    };
    if (const int result = descend(0); result != 0)
      return result;
    return std::set<Block>(blocks.begin(), blocks.end()).size() == 5 ? 0 : 3;
  });
}

TEST(SeedSourceForkTest, CollectorsOfTheParentStayWithTheParent) {
  MockNoiseSource noise;
  {
    SeedSource source(noise, {.pool_bytes = 0});
    drawn(source);
    EXPECT_EQ(in_child([&] {
                drawn(source);
                return noise.contract_violations() == 0 && noise.calls(MockNoiseSource::collector) == 2 ? 0 : 1;
              }),
              0);
    drawn(source);
    EXPECT_EQ(noise.calls(MockNoiseSource::collector), 1u);
  }
  EXPECT_EQ(noise.collectors_alive(), 0);
}

} // namespace
} // namespace kif::entropy
