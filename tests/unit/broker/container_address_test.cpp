// SPDX-License-Identifier: Apache-2.0
#include "broker/container_address.h"

#include <array>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::broker {
namespace {

struct Address {
  Address() { EXPECT_TRUE(address_of_container(name, size)); }
  bool operator==(const Address& other) const {
    return size == other.size && std::memcmp(&name, &other.name, size) == 0;
  }
  sockaddr_un name{};
  socklen_t size = 0;
};

/// The exit code of a child that does this; −1: ended otherwise.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(work());
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int k_same = 10;
constexpr int k_other = 11;
constexpr int k_not_permitted = 77;

int compare_with(const Address& before) {
  return Address() == before ? k_same : k_other;
}

TEST(ContainerAddress, IsAnAbstractNameAndTheSameForAllOfTheContainer) {
  const Address address;
  EXPECT_EQ(address.name.sun_family, AF_UNIX);
  EXPECT_EQ(address.name.sun_path[0], '\0');
  EXPECT_EQ(std::memcmp(address.name.sun_path + 1, "kif-random/1/", 13), 0);
  EXPECT_EQ(in_child([&] { return compare_with(address); }), k_same);
}

TEST(ContainerAddress, OneThatChangesItsRootWithinTheMountKeepsIt) {
  const Address address;
  const int code = in_child([&] {
    const auto folder = TempDir::create("kif-address-test-");
    if (!folder || ::chroot("/usr") != 0)
      return k_not_permitted;
    return compare_with(address);
  });
  if (code == k_not_permitted)
    GTEST_SKIP() << "chroot needs root";
  EXPECT_EQ(code, k_same);
}

TEST(ContainerAddress, AnotherMountNamespaceHasAnother) {
  const Address address;
  const int code = in_child([&] { return ::unshare(CLONE_NEWNS) != 0 ? k_not_permitted : compare_with(address); });
  if (code == k_not_permitted)
    GTEST_SKIP() << "a mount namespace needs root";
  EXPECT_EQ(code, k_other);
}

/// Connects two processes over a named socket, and gives what the server finds of its client. `client` runs before the
/// connection is made.
int judge_client(const std::function<bool()>& client) {
  const UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX; // the kernel chooses an abstract name
  socklen_t size = sizeof(sa_family_t);
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener.get(), 1) != 0)
    return -1;
  size = sizeof address;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[1]);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
    if (!client() || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
      ::_exit(k_not_permitted);
    char none = 0;
    [[maybe_unused]] const auto got = ::read(ends[0], &none, 1);
    ::_exit(0);
  }
  ::close(ends[0]);
  const timeval limit{2, 0};
  ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  int result = k_not_permitted;
  {
    const UniqueFd connected(::accept(listener.get(), nullptr, nullptr));
    if (connected)
      result = peer_is_of_this_container(connected.get()) ? k_same : k_other;
  }
  ::close(ends[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return result;
}

TEST(ContainerAddress, AProcessOfTheContainerIsKnown) {
  EXPECT_EQ(judge_client([] { return true; }), k_same);
}

TEST(ContainerAddress, AnotherUserOfTheContainerIsKnown) {
  const int code = judge_client([] { return ::setuid(65534) == 0; });
  if (code == k_not_permitted)
    GTEST_SKIP() << "another user needs root";
  EXPECT_EQ(code, k_same);
}

TEST(ContainerAddress, AProcessOfOtherMountsIsAStranger) {
  const int code = judge_client([] { return ::unshare(CLONE_NEWNS) == 0; });
  if (code == k_not_permitted)
    GTEST_SKIP() << "a mount namespace needs root";
  EXPECT_EQ(code, k_other);
}

TEST(ContainerAddress, WhatIsNoConnectionIsAStranger) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  EXPECT_FALSE(peer_is_of_this_container(socket.get()));
  EXPECT_FALSE(peer_is_of_this_container(-1));
}

TEST(ContainerAddress, ItTakesNoDescriptorForGood) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
  const UniqueFd next_before(::dup(0));
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(peer_is_of_this_container(ends[0]));
  const UniqueFd next_after(::dup(0));
  EXPECT_EQ(next_after.get(), next_before.get() + 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

} // namespace
} // namespace kif::broker
