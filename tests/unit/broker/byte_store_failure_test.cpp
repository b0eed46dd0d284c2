// SPDX-License-Identifier: Apache-2.0
// A generator that says no, breaks off, hangs, or is replaced.
#include <algorithm>
#include <array>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/byte_store.h"
#include "broker/generator.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::byte k_mark{0xaa};

bool is_wiped(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

/// Both ends of a link, the generator's for the test to write on.
struct Link {
  Link() {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
    store = UniqueFd(ends[0]);
    generator = UniqueFd(ends[1]);
  }
  void say(std::byte word) const { EXPECT_EQ(::send(generator.get(), &word, 1, MSG_NOSIGNAL), 1); }
  UniqueFd store;
  UniqueFd generator;
};

TEST(ByteStoreFailure, AGeneratorThatSaysNoIsKilledAndItsSuccessorAsked) {
  // A source that has failed does not recover: the request waits for another process, and that one's source.
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{100'000}}) {
    ByteStore store(seconds(20));
    CountingGenerator refusing;
    refusing.refuses = true;
    const pid_t process = ::fork();
    if (process == 0) {
      ::pause();
      ::_exit(0);
    }
    store.take_generator(process, refusing.take_link(), false);
    CountingGenerator successor;
    std::thread replacing([&] {
      int status = 0;
      EXPECT_EQ(::waitpid(process, &status, 0), process);
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
      EXPECT_EQ(store.take_loss(), Loss::refused);
      EXPECT_EQ(store.take_loss(), Loss::none) << "told once";
      store.take_generator(-1, successor.take_link(), false);
    });
    std::vector<std::byte> out(size, k_mark);
    EXPECT_TRUE(store.draw(out));
    replacing.join();
    EXPECT_TRUE(is_stream_from(0, out));
    EXPECT_EQ(refusing.requests, 1U);
  }
}

TEST(ByteStoreFailure, WhatItGotBeforeTheNoIsWipedToo) {
  CountedStore counted;
  std::vector<std::byte> out(3 * k_max_draw_bytes, k_mark);
  counted.generator.delay_ms = 30;
  std::thread refusing([&] {
    while (counted.generator.requests < 2)
      std::this_thread::sleep_for(milliseconds(1));
    counted.generator.refuses = true;
    while (counted.store.take_loss() != Loss::refused)
      std::this_thread::sleep_for(milliseconds(1));
    counted.store.give_up();
  });
  EXPECT_FALSE(counted.store.draw(out));
  refusing.join();
  EXPECT_TRUE(is_wiped(out));
}

TEST(ByteStoreFailure, AGeneratorThatComesAfterGivingUpIsAsked) {
  ByteStore store(seconds(20));
  store.give_up();
  std::vector<std::byte> out(16, k_mark);
  EXPECT_FALSE(store.draw(out));
  CountingGenerator late;
  store.take_generator(-1, late.take_link(), false);
  EXPECT_TRUE(store.draw(out));
  EXPECT_TRUE(is_stream_from(0, out));
  EXPECT_GT(store.last_draw_unix_s(), 0);
}

TEST(ByteStoreFailure, ANewDrawPassesWhatLiesReady) {
  CountedStore counted;
  std::vector<std::byte> out(16);
  ASSERT_TRUE(counted.store.draw(out));
  const std::uint64_t position = counted.generator.position;
  ASSERT_TRUE(counted.store.draw_new(out));
  EXPECT_TRUE(is_stream_from(position, out));
}

TEST(ByteStoreFailure, LatenessIsToldBeforePatienceEnds) {
  ByteStore store(k_late_after * 2);
  std::atomic<int> told{0};
  store.watch_lateness([&] { ++told; });
  Link link;
  store.take_generator(-1, std::move(link.store), false);
  std::vector<std::byte> out(16);
  bool drawn = false;
  std::thread request([&] { drawn = store.draw_new(out); });
  while (told < 1)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(store.is_late());
  link.say(k_drawn);
  for (int i = 0; i < 16; ++i)
    link.say(k_mark);
  request.join();
  EXPECT_TRUE(drawn);
  EXPECT_FALSE(store.is_late());
  EXPECT_EQ(told, 2);
}

TEST(ByteStoreFailure, ARequestOutlivesItsGenerator) {
  ByteStore store(seconds(20));
  auto first = std::make_unique<CountingGenerator>();
  store.take_generator(-1, first->take_link(), false);
  first->ends_at_request = 1;
  std::vector<std::byte> out(64);
  bool drawn = false;
  std::thread request([&] { drawn = store.draw(out); });
  while (first->requests < 1)
    std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(50)); // the request waits for another by now
  CountingGenerator second(8000);
  store.take_generator(-1, second.take_link(), false);
  request.join();
  ASSERT_TRUE(drawn);
  EXPECT_TRUE(is_stream_from(8000, out));
}

TEST(ByteStoreFailure, ManyRequestsOutliveManyGenerators) {
  ByteStore store(seconds(20));
  std::atomic<bool> done{false};
  std::vector<std::unique_ptr<CountingGenerator>> generators;
  std::thread replacing([&] {
    // Each has a part of the stream that is its own, and breaks off after a few requests.
    while (!done) {
      auto generator = std::make_unique<CountingGenerator>(generators.size() << 32U);
      generator->ends_at_request = 3;
      store.take_generator(-1, generator->take_link(), false);
      while (!done && generator->requests < 3)
        std::this_thread::sleep_for(milliseconds(1));
      generators.push_back(std::move(generator));
    }
  });
  std::vector<std::vector<std::uint64_t>> drawn(4);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (auto& mine : drawn)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        std::vector<std::uint64_t> numbers(100);
        failures += store.draw(std::as_writable_bytes(std::span(numbers))) ? 0 : 1;
        mine.insert(mine.end(), numbers.begin(), numbers.end());
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  done = true;
  replacing.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(generators.size(), 5U);
  std::vector<std::uint64_t> all;
  for (const auto& numbers : drawn)
    all.insert(all.end(), numbers.begin(), numbers.end());
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end()) << "a number came twice";
}

TEST(ByteStoreFailure, AReplacementIsNotAskedBeforeItsChecksHavePassed) {
  ByteStore store(seconds(20));
  Link link;
  store.take_generator(-1, std::move(link.store), true);
  std::vector<std::byte> out(2000);
  bool drawn = false;
  std::thread request([&] { drawn = store.draw(out); });
  std::this_thread::sleep_for(milliseconds(50));
  std::uint32_t wanted = 0;
  EXPECT_EQ(::recv(link.generator.get(), &wanted, sizeof wanted, MSG_DONTWAIT), -1) << "asked before it was ready";
  link.say(k_ready);
  EXPECT_EQ(::recv(link.generator.get(), &wanted, sizeof wanted, MSG_WAITALL), ssize_t{sizeof wanted});
  std::vector<std::byte> answer(1 + wanted, k_mark);
  answer[0] = k_drawn;
  EXPECT_EQ(::send(link.generator.get(), answer.data(), answer.size(), MSG_NOSIGNAL), ssize_t(answer.size()));
  request.join();
  ASSERT_TRUE(drawn);
  EXPECT_EQ(out, std::vector<std::byte>(2000, k_mark));
}

TEST(ByteStoreFailure, ANonsensicalWordIsNoBytes) {
  // At the start, and as an answer: whatever a broken process writes on its link is never handed out.
  for (const bool must_be_ready : {true, false}) {
    ByteStore store(seconds(1));
    Link link;
    store.take_generator(-1, std::move(link.store), must_be_ready);
    for (int i = 0; i < 100; ++i)
      link.say(std::byte{'k'});
    std::vector<std::byte> out(16, k_mark);
    EXPECT_FALSE(store.draw(out)) << must_be_ready;
    EXPECT_TRUE(is_wiped(out));
  }
}

TEST(ByteStoreFailure, ThePatienceForAMissingGeneratorEnds) {
  ByteStore store(seconds(1));
  std::vector<std::byte> out(16, k_mark);
  const auto start = steady_clock::now();
  EXPECT_FALSE(store.draw(out));
  const auto took = steady_clock::now() - start;
  EXPECT_GE(took, milliseconds(900));
  EXPECT_TRUE(is_wiped(out));
}

TEST(ByteStoreFailure, GivingUpWakesWhoWaitsAndFailsWhoComes) {
  // Whoever waits in vain waits for longer than a test may take.
  ByteStore store(std::chrono::hours(24));
  bool drawn = true;
  std::vector<std::byte> out(16, k_mark);
  std::thread request([&] { drawn = store.draw(out); });
  std::this_thread::sleep_for(milliseconds(30));
  store.give_up();
  request.join();
  EXPECT_FALSE(drawn);
  EXPECT_FALSE(store.draw(out));
}

TEST(ByteStoreFailure, GivingUpTakesBackWhatIsAhead) {
  CountedStore counted;
  std::vector<std::byte> out(16);
  ASSERT_TRUE(counted.store.draw(out));
  counted.store.give_up();
  EXPECT_FALSE(counted.store.draw(out));
}

TEST(ByteStoreFailure, AHangingGeneratorIsKilledAndItsSuccessorAsked) {
  ByteStore store(seconds(1));
  Link link;
  const pid_t hanging = ::fork();
  if (hanging == 0) {
    ::pause();
    ::_exit(0);
  }
  store.take_generator(hanging, std::move(link.store), false);
  CountingGenerator successor;
  std::thread replacing([&] {
    int status = 0;
    EXPECT_EQ(::waitpid(hanging, &status, 0), hanging);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    EXPECT_EQ(store.take_loss(), Loss::hung);
    store.take_generator(-1, successor.take_link(), false);
  });
  std::vector<std::byte> out(64);
  EXPECT_TRUE(store.draw(out));
  replacing.join();
  EXPECT_TRUE(is_stream_from(0, out));
}

TEST(ByteStoreFailure, AProcessThatEndedByItselfIsNotKilledByItsNumber) {
  // Its number may be somebody else's by the time that its link is seen to be broken.
  ByteStore store(seconds(1));
  const pid_t other = ::fork();
  if (other == 0) {
    ::pause();
    ::_exit(0);
  }
  Link link;
  store.take_generator(other, std::move(link.store), false);
  link.generator.reset();
  errno = EAGAIN; // of some other call
  std::vector<std::byte> out(16);
  EXPECT_FALSE(store.draw(out));
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0) << "it was killed";
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
}

} // namespace
} // namespace kif::broker
