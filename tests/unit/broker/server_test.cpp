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

#include "broker/container_address.h"
#include "broker/state.h"
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

TEST(Server, BytesToBeKeptAreGivenWhereThatIsAllowed) {
  KIF_START_SERVER(server);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::ahead, 2048));
  EXPECT_TRUE(is_stream_from(0, client.receive(2048)));
  ASSERT_TRUE(client.ask(RequestKind::bytes, 16)); // the connection goes on
  EXPECT_EQ(client.receive(16).size(), 16U);
}

TEST(Server, BytesToBeKeptAreDeclinedByOneByteWhereThatIsNot) {
  KIF_START_SERVER(server, false);
  const TestClient declined;
  ASSERT_TRUE(declined.ask(RequestKind::ahead, 2048));
  EXPECT_EQ(declined.receive(1), std::vector<std::byte>(1));
  EXPECT_EQ(server->generator().requests, 0U);       // the byte is none of its
  ASSERT_TRUE(declined.ask(RequestKind::bytes, 16)); // the connection goes on
  EXPECT_EQ(declined.receive(16).size(), 16U);
  const TestClient client;
  ASSERT_TRUE(client.ask(RequestKind::bytes, 2048));
  EXPECT_TRUE(is_stream_from(16, client.receive(2048)));
  EXPECT_EQ(server->store().drawn_bytes(), 2064U);
}

/// The packets that lie ready for a stand-in that nobody has read yet.
std::uint64_t packets_ahead(RunningServer& server, const TestClient& client) {
  std::byte first{};
  if (!client.ask(RequestKind::stream) || ::recv(client.get(), &first, 1, MSG_PEEK) != 1)
    return 0;
  // What must not come would come before others are served: one thread goes from client to client.
  constexpr std::uint64_t k_others = 10;
  for (std::uint64_t i = 0; i < k_others; ++i) {
    const TestClient other;
    if (!other.ask(RequestKind::bytes, 1) || other.receive(1).size() != 1)
      return 0;
  }
  return (server.counters().bytes - k_others) / k_stream_packet_bytes;
}

// Also where bytes are drawn ahead: what lies in a socket can be taken back by nobody.
TEST(Server, OnePacketOfAStreamLiesReady) {
  for (const bool draws_ahead : {false, true}) {
    KIF_START_SERVER(server, draws_ahead);
    const TestClient client;
    EXPECT_EQ(packets_ahead(*server, client), 1U);
    for (std::uint64_t read = 1; read <= 20; ++read) {
      ASSERT_EQ(client.next_packet(), static_cast<long>(k_stream_packet_bytes));
      EXPECT_LE(server->counters().bytes, (read + 1) * k_stream_packet_bytes + 10);
      EXPECT_LE(server->store().drawn_bytes(), (read + 1) * k_stream_packet_bytes + 10 + (draws_ahead ? 4096 : 0));
    }
  }
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

TEST(Server, BytesAreCountedByTheTimeThatTheirClientHasThem) {
  KIF_START_SERVER(server);
  const TestClient client;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    ASSERT_TRUE(client.ask(RequestKind::bytes, 16) && client.receive(16).size() == 16);
    ASSERT_EQ(server->counters().bytes, i * 16); // by a thread that is not the server's, as kif-init's status is
  }
}

TEST(Server, WhoTakesTheNameAndNoConnectionsHoldsNobodyUp) {
  if (::unshare(CLONE_NEWNET) != 0)
    GTEST_SKIP() << "a network namespace needs root";
  const auto stranger = name_socket();
  ASSERT_TRUE(stranger);
  ASSERT_EQ(::listen(stranger->get(), 0), 0);
  const TestClient first; // as many as it lets wait
  EXPECT_TRUE(first);
  EXPECT_FALSE(is_container_served());
  EXPECT_FALSE(probe_broker(100));
  EXPECT_EQ(who_has_the_name(), "");
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
  for (const std::uint32_t kind : {0U, 3U, 7U, ~0U}) {
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

/// 0: the connection has ended in order; or errno.
int end_of(const TestClient& client) {
  char byte = 0;
  const ssize_t got = ::recv(client.get(), &byte, 1, 0);
  return got < 0 ? errno : got == 0 ? 0 : -1;
}

TEST(Server, NoIsNotBusy) {
  KIF_START_SERVER(server);
  server->store().give_up();
  for (const RequestKind kind : {RequestKind::bytes, RequestKind::ahead, RequestKind::stream})
    for (const std::uint64_t bytes : {1U, 16U, 2048U, 32769U}) {
      const TestClient client;
      ASSERT_TRUE(client.ask(kind, bytes));
      EXPECT_EQ(end_of(client), 0) << "it was read, and there are none";
    }
  EXPECT_EQ(server->counters().refused, 12U);
  EXPECT_EQ(server->counters().busy, 0U);
}

TEST(Server, AProbeDrawsAndThrowsAway) {
  KIF_START_SERVER(server);
  const TestClient first;
  ASSERT_TRUE(first.ask(RequestKind::bytes, 16) && first.receive(16).size() == 16); // the rest lies ready
  const std::uint64_t position = server->generator().position;
  ASSERT_TRUE(probe_broker(20'000));
  EXPECT_EQ(server->generator().position, position + k_probe_bytes) << "past what lies ready";
  const TestClient next;
  ASSERT_TRUE(next.ask(RequestKind::bytes, 16));
  EXPECT_TRUE(is_stream_from(16, next.receive(16)));
  server->store().give_up();
  const auto refused = probe_broker(20'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::denied);
}

TEST(Server, AProbeThatIsNotAnsweredPassesItsTime) {
  KIF_START_SERVER(server);
  server->generator().delay_ms = 2000;
  const auto probed = probe_broker(20);
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, ErrorCode::timeout);
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
