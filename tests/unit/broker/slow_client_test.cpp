// SPDX-License-Identifier: Apache-2.0
// Clients that never read, never ask, come in thousands, or write to their stand-in: nobody waits for them.
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "running_server.h"

namespace kif::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return milliseconds(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

bool is_served() {
  const TestClient client;
  return client.ask(RequestKind::bytes, 16) && client.receive(16).size() == 16;
}

/// Waits up to 10 s; clients that have gone are noticed a moment later.
template <class Condition> bool becomes(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition())
      return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(SlowClient, ThoseThatNeverReadHoldUpNobody) {
  KIF_START_SERVER(server);
  std::vector<TestClient> slow(40);
  for (std::size_t i = 0; i < slow.size(); ++i)
    ASSERT_TRUE(slow[i].ask(i % 2 == 0 ? RequestKind::bytes : RequestKind::stream, 1 << 30));
  const auto start = steady_clock::now();
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(is_served());
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(SlowClient, ThoseThatNeverReadCostNoProcessorTime) {
  KIF_START_SERVER(server);
  std::vector<TestClient> slow(40);
  for (std::size_t i = 0; i < slow.size(); ++i)
    ASSERT_TRUE(slow[i].ask(i % 2 == 0 ? RequestKind::bytes : RequestKind::stream, 1 << 30));
  std::this_thread::sleep_for(milliseconds(300)); // their buffers are full
  const milliseconds before = processor_time();
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_LT(processor_time() - before, milliseconds(100)) << "the server asks again and again";
}

TEST(SlowClient, WhatItDidNotReadInTimeComesInOrderLater) {
  KIF_START_SERVER(server);
  const TestClient client;
  constexpr std::size_t k_bytes = 4 << 20;
  ASSERT_TRUE(client.ask(RequestKind::bytes, k_bytes));
  std::this_thread::sleep_for(milliseconds(200));
  // Packets drawn while its buffer was full were thrown away, so that its bytes may have gaps, but not twice the same.
  const auto bytes = client.receive(k_bytes);
  EXPECT_EQ(bytes.size(), k_bytes);
}

TEST(SlowClient, AThousandIdleConnectionsAreKeptAndMoreTurnedAway) {
  KIF_START_SERVER(server);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2 * k_max_clients + 200)
    GTEST_SKIP() << "no more than " << files.rlim_cur << " descriptors are allowed";
  std::vector<TestClient> idle(k_max_clients);
  for (const TestClient& client : idle)
    ASSERT_TRUE(client);
  for (int i = 0; i < 100; ++i) {
    const TestClient one_too_many;
    ASSERT_TRUE(one_too_many.is_turned_away());
  }
  EXPECT_EQ(server->counters().refused, 100U);
  EXPECT_TRUE(idle.front().ask(RequestKind::bytes, 16) && idle.front().receive(16).size() == 16);
  EXPECT_TRUE(idle.back().ask(RequestKind::bytes, 16) && idle.back().receive(16).size() == 16);
  idle.clear();
  EXPECT_TRUE(becomes(is_served)) << "places that are free again are given";
}

TEST(SlowClient, ThoseThatGoAwayInTheMiddleAreForgotten) {
  KIF_START_SERVER(server);
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < 300; ++i) {
    const TestClient client;
    if (i % 3 == 0)
      client.ask(RequestKind::bytes, 1 << 20);
    else if (i % 3 == 1)
      client.ask(RequestKind::stream);
  }
  EXPECT_TRUE(becomes([&] {
    const int now = ::dup(0);
    ::close(now);
    return now == before;
  })) << "descriptors are left";
  EXPECT_TRUE(is_served());
}

TEST(SlowClient, ShuttingDownOneDirectionIsNoTrouble) {
  KIF_START_SERVER(server);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::bytes, 100'000));
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(client.receive(100'000).size(), 100'000U);
  EXPECT_TRUE(client.is_turned_away());
  const TestClient deaf;
  ASSERT_TRUE(deaf.ask(RequestKind::stream));
  ::shutdown(deaf.get(), SHUT_RD);
  const milliseconds used = processor_time();
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_LT(processor_time() - used, milliseconds(100));
  EXPECT_TRUE(is_served());
}

// Programs write seeds to /dev/urandom, some of them for ever.
TEST(SlowClient, WhatIsWrittenToAStreamIsThrownAway) {
  KIF_START_SERVER(server);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::stream));
  const timeval limit{5, 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const std::vector<char> seed(512, 's');
  for (int i = 0; i < 2000; ++i)
    ASSERT_TRUE(client.send(seed.data(), seed.size())) << "the write " << i << " hangs";
  EXPECT_EQ(client.receive(512).size(), 512U);
}

} // namespace
} // namespace kif::broker
