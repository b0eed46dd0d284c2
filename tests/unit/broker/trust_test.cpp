// SPDX-License-Identifier: Apache-2.0
// Process 1 of a PID namespace that containers share is not trusted for its number: as server by its user and its
// mounts, as client by its mounts.
#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "broker/container_address.h"

namespace kif::broker {
namespace {

constexpr int k_no = 10;
constexpr int k_yes = 11;
constexpr int k_not_permitted = 77;

using Change = std::function<bool()>;
using Judge = bool (*)(int socket) noexcept;

/// An abstract name that the kernel chooses.
UniqueFd listener() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) == 0 &&
                 ::listen(socket.get(), 1) == 0
             ? std::move(socket)
             : UniqueFd();
}

UniqueFd connect_to(const sockaddr_un& address, socklen_t size) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? std::move(socket)
                                                                                         : UniqueFd();
}

void tell(int pipe) {
  const char none = 0;
  [[maybe_unused]] const auto written = ::write(pipe, &none, 1);
}
void wait_for(int pipe) {
  char none = 0;
  [[maybe_unused]] const auto got = ::read(pipe, &none, 1);
}

/// As process 1 of a PID namespace with its own /proc: `first_serves`: it listens after `first` has changed it, and a
/// child, changed by `other`, judges it; else the other way round.
int as_first_process(bool first_serves, const Change& first, const Change& other, Judge judge) {
  std::array<int, 2> ready{};
  std::array<int, 2> named{};
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("proc", "/proc", "proc", 0, nullptr) != 0 || ::pipe(ready.data()) != 0 || ::pipe(named.data()) != 0)
    return k_not_permitted;
  sockaddr_un address{};
  socklen_t size = sizeof address;
  const auto serve = [&](const Change& change, bool judges) {
    if (!change())
      return k_not_permitted;
    const UniqueFd socket = listener(); // whom it is of is noted as it begins to listen
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    if (::write(named[1], &size, sizeof size) != sizeof size || ::write(named[1], &address, size) != size)
      return k_not_permitted;
    const UniqueFd client(::accept(socket.get(), nullptr, nullptr));
    const int verdict = judges && judge(client.get()) ? k_yes : k_no;
    wait_for(ready[0]);
    return verdict;
  };
  const auto ask = [&](const Change& change, bool judges) {
    const bool has_changed = change();
    if (::read(named[0], &size, sizeof size) != sizeof size || ::read(named[0], &address, size) != size)
      return k_not_permitted;
    const UniqueFd socket = connect_to(address, size);
    const int verdict = judges && judge(socket.get()) ? k_yes : k_no;
    tell(ready[1]);
    return has_changed && socket ? verdict : k_not_permitted;
  };
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(first_serves ? ask(other, true) : serve(other, true));
  const int own = first_serves ? serve(first, false) : ask(first, false);
  if (!first_serves)
    tell(ready[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return own == k_not_permitted ? own : WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int judge_first_process(bool first_serves, const Change& first, const Change& other, Judge judge) {
  const pid_t outer = ::fork();
  if (outer == 0) {
    ::alarm(20);
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
      ::_exit(k_not_permitted);
    const pid_t inner = ::fork();
    if (inner == 0)
      ::_exit(as_first_process(first_serves, first, other, judge));
    int status = 0;
    ::waitpid(inner, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
  }
  int status = 0;
  ::waitpid(outer, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool stays() {
  return true;
}
bool takes_other_mounts() {
  return ::unshare(CLONE_NEWNS) == 0;
}
bool takes_other_mounts_and_shows_none() {
  return ::unshare(CLONE_NEWNS) == 0 && ::chroot("/usr") == 0 && ::chdir("/") == 0;
}
bool becomes_user_1000() {
  return ::setgid(1000) == 0 && ::setuid(1000) == 0;
}
bool becomes_user_1000_with_other_mounts() {
  return takes_other_mounts() && becomes_user_1000();
}
bool takes_a_user_namespace() {
  return ::unshare(CLONE_NEWUSER) == 0;
}

struct Case {
  const char* what;
  Change first;
  Change other;
  int expected;
};

void judge_all(bool first_serves, Judge judge, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    const int verdict = judge_first_process(first_serves, each.first, each.other, judge);
    if (verdict == k_not_permitted)
      GTEST_SKIP() << each.what << ": PID and mount namespaces need root";
    EXPECT_EQ(verdict, each.expected) << each.what;
  }
}

TEST(Trust, ProcessOneAsServerIsTrustedByItsUserAndItsMounts) {
  judge_all(true, server_is_trusted,
            {{"root with our mounts", stays, stays, k_yes},
             {"root with our mounts, asked by another user", stays, becomes_user_1000, k_yes},
             {"our own user with our mounts", becomes_user_1000, becomes_user_1000, k_yes},
             {"root with our mounts, asked from a user namespace", stays, takes_a_user_namespace, k_yes},
             {"another user with our mounts", becomes_user_1000, stays, k_no},
             {"root with other mounts", takes_other_mounts, stays, k_no},
             {"root with other mounts that cannot be seen", takes_other_mounts_and_shows_none, stays, k_no},
             {"another user with other mounts", becomes_user_1000_with_other_mounts, stays, k_no},
             {"our own user with other mounts", becomes_user_1000_with_other_mounts, becomes_user_1000, k_no}});
}

TEST(Trust, ProcessOneAsClientIsKnownByItsMounts) {
  judge_all(false, peer_is_of_this_container,
            {{"with our mounts", stays, stays, k_yes},
             {"another user with our mounts", becomes_user_1000, stays, k_yes},
             {"with other mounts", takes_other_mounts, stays, k_no},
             {"with other mounts that cannot be seen", takes_other_mounts_and_shows_none, stays, k_no}});
}

TEST(Trust, TheControlTheyMeet) {
  judge_all(true, [](int) noexcept { return true; }, {{"the control: they meet", stays, stays, k_yes}});
  judge_all(false, [](int) noexcept { return true; }, {{"the control: they meet", stays, stays, k_yes}});
}

TEST(Trust, WhoeverHasANameIsDescribed) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
  const std::string expected = "process " + std::to_string(::getpid()) + " of user " + std::to_string(::getuid());
  EXPECT_EQ(describe_peer(ends[0]).text, expected + ", of this container");
  EXPECT_STREQ(describe_peer(-1).text, "");
  ::close(ends[0]);
  ::close(ends[1]);
}

} // namespace
} // namespace kif::broker
