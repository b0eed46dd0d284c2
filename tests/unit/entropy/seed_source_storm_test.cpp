// SPDX-License-Identifier: Apache-2.0
// 64 threads draw, and 1,000 children are forked from among them and draw as well. What all of them got is recorded,
// and no piece of it may occur twice.
#include "entropy/seed_source.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "child.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;
constexpr int k_threads = 64;
constexpr int k_forking_threads = 8;
constexpr std::size_t k_forks = 1000;
constexpr std::array<std::size_t, 4> k_sizes{16, 48, 32, 80}; // what modules ask for, and more than a block

using Word = std::uint64_t;

/// Draws one size after another and appends the words; false on failure.
bool draw_into(SeedSource& source, std::size_t& turn, std::vector<Word>& record) {
  const std::size_t size = k_sizes[turn++ % k_sizes.size()];
  const std::size_t before = record.size();
  record.resize(before + size / sizeof(Word));
  return source.draw(std::as_writable_bytes(std::span(record)).subspan(before * sizeof(Word))) == k_none;
}

/// What a child leaves for its parent.
struct ChildRecord {
  static constexpr std::size_t k_words = (16 + 48 + 32 + 80) / sizeof(Word);
  std::array<Word, k_words> words;
  Counters counters;
  bool drew;
};

bool balances(const Counters& counters) {
  return counters.bytes_credited == counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded;
}

TEST(SeedSourceStormTest, NoByteIsHandedOutTwiceAndNobodyHangs) {
  MockNoiseSource noise;
  // Long enough for forks to fall into the middle of it.
  noise.hook = [](MockNoiseSource::Point) { std::this_thread::sleep_for(std::chrono::microseconds(50)); };
  SeedSource source(noise, {.pool_bytes = 256});
  SharedArray<ChildRecord> children(k_forks);
  std::vector<std::vector<Word>> records(k_threads);
  std::atomic<std::size_t> next_fork{0};
  std::atomic<int> forking{k_forking_threads};
  std::atomic<int> failures{0};
  std::atomic<int> not_ended{0};

  const auto child_body = [&](ChildRecord& record) {
    ::alarm(60); // a child that hangs is ended by this, and seen below
    std::size_t turn = 0, done = 0;
    record.drew = true;
    for (const std::size_t size : k_sizes) {
      const auto out = std::span(record.words).subspan(done, size / sizeof(Word));
      record.drew = record.drew && source.draw(std::as_writable_bytes(out)) == k_none;
      done += out.size();
      ++turn;
    }
    record.counters = source.counters();
    return 0;
  };
  const auto thread_body = [&](int number) {
    std::vector<Word>& record = records[static_cast<std::size_t>(number)];
    std::size_t turn = static_cast<std::size_t>(number);
    const bool forks = number < k_forking_threads;
    for (int i = 0; i < 20 || forking > 0; ++i) {
      if (!draw_into(source, turn, record))
        ++failures;
      if (i % 7 == 0 && source.fill(64) != k_none)
        ++failures;
      std::size_t fork_number = 0;
      if (forks && (fork_number = next_fork++) < k_forks) {
        const pid_t child = ::fork();
        if (child == 0)
          ::_exit(child_body(children[fork_number]));
        if (wait_for(child, std::chrono::seconds(90)) != 0)
          ++not_ended;
      } else if (forks) {
        --forking;
        return;
      }
    }
  };
  const auto started = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int number = 0; number < k_threads; ++number)
    threads.emplace_back(thread_body, number);
  for (auto& thread : threads)
    thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(not_ended, 0);
  EXPECT_EQ(noise.contract_violations(), 0);

  // Every 8-byte word of every block is another one, so a word that occurs twice is a piece that was handed out twice.
  // Checked so: each 16-byte and 32-byte piece consists of such words.
  std::vector<Word> all;
  std::size_t drawn_by_parent = 0;
  for (const auto& record : records) {
    all.insert(all.end(), record.begin(), record.end());
    drawn_by_parent += record.size() * sizeof(Word);
  }
  const Counters counters = source.counters();
  EXPECT_TRUE(balances(counters));
  EXPECT_EQ(counters.bytes_handed_out, drawn_by_parent);
  for (const ChildRecord& child : children) {
    EXPECT_TRUE(child.drew);
    all.insert(all.end(), child.words.begin(), child.words.end());
    EXPECT_TRUE(balances(child.counters));
    EXPECT_EQ(child.counters.bytes_handed_out, sizeof child.words);
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_FALSE(std::binary_search(all.begin(), all.end(), Word{0}));
  std::printf("%zu forks, %zu draws' words compared, %.1f s\n", k_forks, all.size(), took.count());
}

} // namespace
} // namespace kif::entropy
