// SPDX-License-Identifier: Apache-2.0
// Clients that never read, never ask, come in thousands, or write to their stand-in: nobody waits for them.
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "running_server.h"

namespace kif::broker {
namespace {

using std::chrono::milliseconds;

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

/// Waits until the server sleeps: half a second in which nothing woke it. One that asks again and again never does.
bool comes_to_rest(RunningServer& server) {
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t before = server.counters().wakeups;
    std::this_thread::sleep_for(milliseconds(500));
    if (before > 0 && server.counters().wakeups == before)
      return true;
  }
  return false;
}

/// Waits until nothing more is drawn for clients that do not read: their buffers are full.
bool fills(RunningServer& server) {
  std::uint64_t drawn = 0;
  return becomes([&] {
    const std::uint64_t before = std::exchange(drawn, server.generator().position);
    return drawn > 0 && drawn == before;
  });
}

TEST(SlowClient, ThoseThatNeverReadHoldUpNobody) {
  KIF_START_SERVER(server);
  std::vector<TestClient> slow(40);
  for (std::size_t i = 0; i < slow.size(); ++i)
    ASSERT_TRUE(slow[i].ask(i % 2 == 0 ? RequestKind::bytes : RequestKind::stream, 1 << 30));
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE(is_served());
}

TEST(SlowClient, ThoseThatNeverReadCostNoProcessorTime) {
  KIF_START_SERVER(server);
  std::vector<TestClient> slow(40);
  for (std::size_t i = 0; i < slow.size(); ++i)
    ASSERT_TRUE(slow[i].ask(i % 2 == 0 ? RequestKind::bytes : RequestKind::stream, 1 << 30));
  ASSERT_TRUE(fills(*server));
  EXPECT_TRUE(comes_to_rest(*server)) << "the server asks again and again";
  // The control: one that reads wakes it.
  const std::uint64_t before = server->counters().wakeups;
  EXPECT_GT(slow.front().next_packet(), 0);
  EXPECT_TRUE(becomes([&] { return server->counters().wakeups > before; }));
}

TEST(SlowClient, WhatItDidNotReadInTimeComesInOrderLater) {
  KIF_START_SERVER(server);
  const TestClient client;
  constexpr std::size_t k_bytes = 4 << 20;
  ASSERT_TRUE(client.ask(RequestKind::bytes, k_bytes));
  ASSERT_TRUE(fills(*server));
  const auto bytes = client.receive(k_bytes);
  ASSERT_EQ(bytes.size(), k_bytes);
  // Packets drawn while its buffer was full were thrown away, so that its bytes may have gaps between packets; but
  // nothing comes twice, and nothing before what was drawn before it.
  std::uint64_t least = 0;
  for (std::size_t at = 0; at < k_bytes; at += k_packet_bytes) {
    const auto packet = std::span(bytes).subspan(at, k_packet_bytes);
    std::uint64_t first = 0;
    std::memcpy(&first, packet.data(), sizeof first);
    ASSERT_GE(first * sizeof first, least) << "the packet at " << at;
    ASSERT_TRUE(is_stream_from(first * sizeof first, packet)) << "the packet at " << at;
    least = first * sizeof first + packet.size();
  }
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
    // Its request is unread: it is to come again.
    const TestClient one_too_many;
    char byte = 0;
    const bool was_sent = one_too_many.ask(RequestKind::bytes, 16);
    ASSERT_EQ(::recv(one_too_many.get(), &byte, 1, 0), was_sent ? -1 : 0);
    ASSERT_TRUE(one_too_many.is_turned_away());
  }
  for (int i = 0; i < 100; ++i) {
    const TestClient one_too_many;
    std::byte none{};
    // "Come again" is told from "no": the request was not read.
    const bool is_asked = one_too_many.ask(RequestKind::bytes, 16);
    ASSERT_TRUE(is_asked ? ::recv(one_too_many.get(), &none, 1, 0) < 0 && errno == ECONNRESET : errno == EPIPE);
  }
  EXPECT_EQ(server->counters().busy, 200U);
  EXPECT_TRUE(idle.front().ask(RequestKind::bytes, 16) && idle.front().receive(16).size() == 16);
  EXPECT_TRUE(idle.back().ask(RequestKind::bytes, 16) && idle.back().receive(16).size() == 16);
  idle.clear();
  EXPECT_TRUE(becomes(is_served)) << "places that are free again are given";
}

TEST(SlowClient, KeptConnectionsLeavePlacesForOthers) {
  KIF_START_SERVER(server);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2 * k_max_clients + 200)
    GTEST_SKIP() << "no more than " << files.rlim_cur << " descriptors are allowed";
  const auto may_keep = [](const TestClient& client) {
    return client.ask(RequestKind::keep) ? client.receive(1) : std::vector<std::byte>();
  };
  const std::vector yes(1, std::byte{1});
  const std::vector no(1, std::byte{0});
  std::vector<TestClient> kept(k_max_kept);
  for (const TestClient& client : kept)
    ASSERT_EQ(may_keep(client), yes);
  EXPECT_EQ(may_keep(kept.front()), yes) << "it has its place";
  const TestClient one_too_many;
  EXPECT_EQ(may_keep(one_too_many), no);
  EXPECT_TRUE(is_served());
  kept.pop_back();
  EXPECT_TRUE(becomes([&] { return may_keep(one_too_many) == yes; }));
  EXPECT_TRUE(kept.front().ask(RequestKind::bytes, 16) && kept.front().receive(16).size() == 16);
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
  EXPECT_TRUE(comes_to_rest(*server));
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
