// SPDX-License-Identifier: Apache-2.0
#include "broker/server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/container_address.h"
#include "running_server.h"

namespace kif::broker {
namespace {

TEST(Server, GivesEachSizeInFullAndInOrder) {
  KIF_START_SERVER(server);
  std::uint64_t position = 0;
  const TestClient client; // one connection for all of them
  for (const std::size_t size : {1UL, 16UL, 4096UL, 32'767UL, 32'768UL, 32'769UL, 65'536UL, 1UL << 20, 7UL}) {
    ASSERT_TRUE(client.ask(RequestKind::bytes, size));
    const auto got = client.receive(size);
    ASSERT_EQ(got.size(), size);
    EXPECT_TRUE(is_stream_from(position, got)) << size;
    position += size;
  }
  EXPECT_EQ(server->counters().requests, 9U);
  for (int i = 0; i < 1000 && server->counters().bytes != position; ++i) // counted a moment after they were sent
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(server->counters().bytes, position);
  EXPECT_EQ(server->counters().refused, 0U);
}

TEST(Server, ARequestForNothingIsNoError) {
  KIF_START_SERVER(server);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::bytes, 0));
  ASSERT_TRUE(client.ask(RequestKind::bytes, 16));
  EXPECT_EQ(client.receive(16).size(), 16U);
}

TEST(Server, RequestsOneAfterAnotherAreAnsweredSo) {
  KIF_START_SERVER(server);
  const TestClient client;
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(client.ask(RequestKind::bytes, 100));
  EXPECT_TRUE(is_stream_from(0, client.receive(5000)));
}

TEST(Server, AStreamIsPacketsWithoutEnd) {
  KIF_START_SERVER(server);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::stream));
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto packet = client.receive(k_stream_packet_bytes);
    ASSERT_TRUE(is_stream_from(i * k_stream_packet_bytes, packet) && packet.size() == k_stream_packet_bytes) << i;
  }
  EXPECT_EQ(server->counters().streams, 1U);
}

TEST(Server, CountersAreOnePacket) {
  KIF_START_SERVER(server);
  const TestClient other;
  ASSERT_TRUE(other.ask(RequestKind::bytes, 48) && other.receive(48).size() == 48);
  const auto counters = ask_for_counters();
  ASSERT_TRUE(counters);
  EXPECT_EQ(counters->socket_requests, 1U);
  EXPECT_EQ(counters->socket_bytes, 48U);
}

TEST(Server, CountersThatNobodyHasAreNotFound) {
  if (::unshare(CLONE_NEWNET) != 0)
    GTEST_SKIP() << "a network namespace needs root";
  const auto counters = ask_for_counters();
  ASSERT_FALSE(counters);
  EXPECT_EQ(counters.error().code, ErrorCode::not_found);
  EXPECT_FALSE(is_container_served());
}

TEST(Server, ASecondOneFindsTheNameTaken) {
  KIF_START_SERVER(server);
  EXPECT_TRUE(is_container_served());
  const auto second = name_socket();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST(Server, MalformedRequestsAreTurnedAway) {
  KIF_START_SERVER(server);
  Request good{.kind = static_cast<std::uint32_t>(RequestKind::bytes), .bytes = 16};
  std::array<char, 100'000> large{};
  std::uint64_t refused = 0;
  const auto turned_away = [&](const void* data, std::size_t size) {
    const TestClient client;
    const bool away = client.send(data, size) && client.is_turned_away();
    return away && server->counters().refused == ++refused;
  };
  Request bad = good;
  bad.magic ^= 1;
  EXPECT_TRUE(turned_away(&bad, sizeof bad)) << "another magic";
  for (const std::uint32_t kind : {0U, 4U, ~0U}) {
    bad = good;
    bad.kind = kind;
    EXPECT_TRUE(turned_away(&bad, sizeof bad)) << "kind " << kind;
  }
  EXPECT_TRUE(turned_away(&good, 1));
  EXPECT_TRUE(turned_away(&good, sizeof good - 1));
  std::memcpy(large.data(), &good, sizeof good);
  EXPECT_TRUE(turned_away(large.data(), sizeof good + 1));
  EXPECT_TRUE(turned_away(large.data(), large.size()));
  for (const std::uint64_t bytes : {k_max_request_bytes + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    bad = good;
    bad.bytes = bytes;
    EXPECT_TRUE(turned_away(&bad, sizeof bad)) << bytes;
  }
  EXPECT_EQ(server->generator().requests, 0U) << "nothing was drawn for them";
  const TestClient client;
  EXPECT_TRUE(client.ask(RequestKind::bytes, 16) && client.receive(16).size() == 16) << "and the next is served";
}

TEST(Server, TheLargestRequestIsBegunAndCanBeGivenUp) {
  KIF_START_SERVER(server);
  {
    const TestClient client;
    ASSERT_TRUE(client.ask(RequestKind::bytes, k_max_request_bytes));
    EXPECT_EQ(client.receive(1 << 20).size(), std::size_t{1} << 20);
  }
  const TestClient client;
  EXPECT_TRUE(client.ask(RequestKind::bytes, 16) && client.receive(16).size() == 16);
}

TEST(Server, WhereNoBytesAreTheConnectionEnds) {
  KIF_START_SERVER(server);
  server->generator().refuses = true;
  const TestClient bytes;
  ASSERT_TRUE(bytes.ask(RequestKind::bytes, 16));
  EXPECT_TRUE(bytes.is_turned_away());
  const TestClient stream;
  ASSERT_TRUE(stream.ask(RequestKind::stream));
  EXPECT_TRUE(stream.is_turned_away());
  EXPECT_EQ(server->counters().refused, 2U);
}

/// The exit code of a child that connects after `prepare` and asks for 16 bytes: 0 served, 1 turned away, 77: cannot.
template <class Prepare> int ask_from_child(Prepare prepare) {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!address_of_container(address, size))
    return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!prepare())
      ::_exit(77);
    const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
    const Request request{.kind = static_cast<std::uint32_t>(RequestKind::bytes), .bytes = 16};
    std::array<char, 16> bytes{};
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0)
      ::_exit(77);
    ::send(socket, &request, sizeof request, MSG_NOSIGNAL);
    ::_exit(::recv(socket, bytes.data(), bytes.size(), 0) == 16 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Server, AnyUserOfTheContainerIsServed) {
  KIF_START_SERVER(server);
  EXPECT_EQ(ask_from_child([] { return true; }), 0);
  const int code = ask_from_child([] { return ::setgid(65534) == 0 && ::setuid(65534) == 0; });
  EXPECT_TRUE(code == 0 || code == 77) << code;
}

TEST(Server, AProcessOutsideTheContainerIsTurnedAway) {
  KIF_START_SERVER(server);
  const int code = ask_from_child([] { return ::unshare(CLONE_NEWNS) == 0; });
  if (code == 77)
    GTEST_SKIP() << "a mount namespace needs root";
  EXPECT_EQ(code, 1);
  EXPECT_EQ(server->counters().refused, 1U);
  EXPECT_EQ(server->generator().requests, 0U);
}

TEST(Server, ManyClientsAtOnceNeverGetAByteTwice) {
  KIF_START_SERVER(server);
  std::vector<std::vector<std::uint64_t>> drawn(8);
  std::vector<std::thread> threads;
  for (auto& mine : drawn)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 100; ++i) {
        const TestClient client;
        const std::size_t size = (i % 20 == 0 ? 10'000 : 4) * sizeof(std::uint64_t);
        if (!client.ask(RequestKind::bytes, size))
          return;
        const auto bytes = client.receive(size);
        std::vector<std::uint64_t> numbers(size / sizeof(std::uint64_t));
        std::memcpy(numbers.data(), bytes.data(), bytes.size());
        mine.insert(mine.end(), numbers.begin(), numbers.end());
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  std::vector<std::uint64_t> all;
  for (const auto& numbers : drawn)
    all.insert(all.end(), numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), 8U * (5 * 10'000 + 95 * 4));
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end()) << "a number came twice";
}

} // namespace
} // namespace kif::broker
