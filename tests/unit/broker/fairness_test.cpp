// SPDX-License-Identifier: Apache-2.0
// Who asks for little waits for one piece of a long answer at most, and processes take turns. Counted in draws of the
// generator, not in time.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/long_calls.h"
#include "caught_child.h"
#include "counting_generator.h"
#include "running_server.h"

namespace kif::broker {
namespace {

/// The draw that is going on, its own, and one that began between the look at the count and the request.
constexpr std::uint64_t k_most_between = 3;
constexpr int k_short_requests = 10;
constexpr std::size_t k_long_bytes = std::size_t{4} << 20;

TEST(Fairness, InTheStoreShortRequestsComeFirst) {
  CountedStore counted;
  counted.generator.delay_ms = 1;
  std::atomic<int> finished{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      std::vector<std::byte> out(k_long_bytes);
      EXPECT_TRUE(counted.store.draw(out));
      ++finished;
    });
  while (counted.generator.requests < 4)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::vector<std::byte> out(4095); // each takes a new filling of the store
  for (int i = 0; i < k_short_requests; ++i) {
    const std::uint64_t before = counted.generator.requests;
    ASSERT_TRUE(counted.store.draw(out));
    EXPECT_LE(counted.generator.requests - before, k_most_between);
  }
  EXPECT_EQ(finished, 0) << "the control: the others were at it all the time";
  for (std::thread& thread : threads)
    thread.join();
}

/// In memory that a child sees too.
CountedStore* shared_store() {
  void* memory = ::mmap(nullptr, sizeof(CountedStore), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return std::construct_at(static_cast<CountedStore*>(memory));
}

TEST(Fairness, InTheCatchAllShortCallsComeFirst) {
  auto* const counted = shared_store();
  counted->generator.delay_ms = 1;
  CaughtChild child(
      counted->store,
      [counted] {
        static std::atomic<int> finished{0};
        constexpr int k_threads = 16;
        std::array<pthread_t, k_threads> threads{};
        for (pthread_t& thread : threads)
          ::pthread_create(
              &thread, nullptr,
              [](void*) -> void* {
                void* buffer =
                    ::mmap(nullptr, k_long_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                const long got = raw_getrandom(buffer, k_long_bytes);
                expect(got == static_cast<long>(k_long_bytes), "a long call was cut", got);
                ++finished;
                return nullptr;
              },
              nullptr);
        while (counted->generator.requests < 2 * k_threads)
          ::usleep(1000);
        for (int i = 0; i < k_short_requests; ++i) {
          std::array<std::byte, 2000> bytes{};
          const std::uint64_t before = counted->generator.requests;
          expect(raw_getrandom(bytes.data(), bytes.size()) == static_cast<long>(bytes.size()), "a short call");
          const auto between = static_cast<long>(counted->generator.requests - before);
          expect(between <= static_cast<long>(k_most_between), "a short call waited for long ones", between);
        }
        expect(finished == 0, "the control: the others were at it all the time", finished);
        for (const pthread_t thread : threads)
          ::pthread_join(thread, nullptr);
        return 0;
      },
      k_answering_threads);
  EXPECT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().refused, 0U);
  std::destroy_at(counted);
}

TEST(Fairness, LongCallsOfAProcessTakeTurnsWithThoseOfAnother) {
  LongCalls calls;
  for (std::uint64_t id = 1; id <= 16; ++id)
    ASSERT_TRUE(calls.add({.id = id, .process = 100}));
  ASSERT_TRUE(calls.add({.id = 17, .process = 200}));
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 8; ++i) {
    const auto call = calls.take();
    ASSERT_TRUE(call);
    order.push_back(call->id);
    EXPECT_FALSE(calls.take()) << "another thread is free for short calls";
    calls.put_back(*call);
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 17, 2, 17, 3, 17, 4, 17}));
}

TEST(Fairness, AThreadThatIsHeldUpIsStoodInFor) {
  LongCalls calls;
  EXPECT_EQ(calls.wait_ms(), -1);
  ASSERT_TRUE(calls.add({.id = 1, .process = 100}));
  ASSERT_TRUE(calls.add({.id = 2, .process = 200}));
  EXPECT_EQ(calls.wait_ms(), 0);
  ASSERT_TRUE(calls.take());
  EXPECT_GT(calls.wait_ms(), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(calls.wait_ms() + 1));
  const auto other = calls.take();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->id, 2U);
}

TEST(Fairness, ThereIsABoundOfLongCalls) {
  LongCalls calls;
  for (std::size_t i = 0; i < k_max_long_calls; ++i)
    ASSERT_TRUE(calls.add({.id = i + 1, .process = static_cast<pid_t>(i)}));
  EXPECT_FALSE(calls.add({.id = 1, .process = 1}));
  ASSERT_TRUE(calls.take());
  calls.finish();
  EXPECT_TRUE(calls.add({.id = 1, .process = 1}));
}

TEST(Fairness, TheGuardKnowsParkedCalls) {
  TakenCalls taken;
  taken.take(0, 7);
  ASSERT_TRUE(taken.park(7));
  taken.take(0, 8);
  const auto candidates = taken.candidates();
  EXPECT_NE(std::ranges::find(candidates, 7U), candidates.end());
  taken.unpark(7);
  const auto after = taken.candidates();
  EXPECT_EQ(std::ranges::find(after, 7U), after.end());
}

TEST(Fairness, AThreadsProcessIsFound) {
  std::atomic<pid_t> thread{0};
  std::atomic<bool> is_over{false};
  std::thread other([&] {
    thread = ::gettid();
    while (!is_over)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (thread == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_NE(thread, ::getpid());
  EXPECT_EQ(process_of(thread), ::getpid());
  EXPECT_EQ(process_of(0x7fff'fff0), 0x7fff'fff0);
  is_over = true;
  other.join();
}

/// Clients of this process that ask for much, and read it as it comes.
struct LongClients {
  LongClients() {
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([this] {
        const TestClient client;
        if (client.ask(RequestKind::bytes, k_long_bytes))
          client.receive(k_long_bytes);
        ++finished;
      });
  }
  LongClients(const LongClients&) = delete;
  LongClients& operator=(const LongClients&) = delete;
  ~LongClients() {
    for (std::thread& thread : threads)
      thread.join();
  }
  std::atomic<int> finished{0};
  std::vector<std::thread> threads;
};

TEST(Fairness, InTheServerShortRequestsComeFirst) {
  KIF_START_SERVER(server);
  server->generator().delay_ms = 1;
  const LongClients others;
  while (server->generator().requests < 32)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const TestClient client;
  for (int i = 0; i < k_short_requests; ++i) {
    const std::uint64_t before = server->generator().requests;
    ASSERT_TRUE(client.ask(RequestKind::bytes, 2000));
    ASSERT_EQ(client.receive(2000).size(), 2000U);
    EXPECT_LE(server->generator().requests - before, k_most_between + 1) << "and the one of the round that it came in";
  }
  EXPECT_EQ(others.finished, 0) << "the control: the others were at it all the time";
}

TEST(Fairness, InTheServerProcessesTakeTurns) {
  KIF_START_SERVER(server);
  server->generator().delay_ms = 1;
  const LongClients others;
  while (server->generator().requests < 32)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  constexpr std::uint64_t k_packets = 16;
  const std::uint64_t before = server->generator().requests;
  const pid_t child = ::fork();
  if (child == 0) {
    const TestClient client;
    const bool asked = client.ask(RequestKind::bytes, k_packets * k_packet_bytes);
    ::_exit(asked && client.receive(k_packets * k_packet_bytes).size() == k_packets * k_packet_bytes ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // One of the others' for each of its own. Before it began and while its end was noticed, they went on.
  EXPECT_LE(server->generator().requests - before, 6 * k_packets);
  EXPECT_LT(others.finished, 16) << "the control: the others were at it all the time";
}

} // namespace
} // namespace kif::broker
