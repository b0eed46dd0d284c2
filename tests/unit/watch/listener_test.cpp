// SPDX-License-Identifier: Apache-2.0
// The listener with a real kernel notifier, from a filter of the test's own: what runc does, without runc.
#include "watch/listener.h"

#include <array>
#include <cstring>
#include <filesystem>

#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::watch {
namespace {

int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

void send_listener(int connection, int listener, const std::string& state) {
  iovec part{const_cast<char*>(state.data()), state.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  ::sendmsg(connection, &message, 0);
}

/// In a child: loads a filter that notifies getrandom and execve, hands it over, and becomes /bin/sh with `script`.
pid_t start_traced(const std::string& socket, const char* script) {
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  const int connection = connect_to(socket);
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  for (const char* name : {"getrandom", "execve", "openat", "read"})
    seccomp_rule_add(filter, SCMP_ACT_NOTIFY, seccomp_syscall_resolve_name(name), 0);
  seccomp_load(filter);
  const std::string state = R"({"ociVersion":"1.0.2","pid":)" + std::to_string(::getpid()) + "}";
  send_listener(connection, seccomp_notify_fd(filter), state);
  ::close(connection);
  ::close(seccomp_notify_fd(filter));
  ::execl("/bin/sh", "sh", "-c", script, nullptr);
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class ListenerTest : public testing::Test {
protected:
  TempDir folder = TempDir::create("kif-test-").value();
  std::string socket = (folder.path() / "l").string();
};

TEST_F(ListenerTest, EventsOfARealProcessComeWithTheirCallers) {
  auto listener = TraceListener::start(socket).value();
  EXPECT_EQ(wait_for(start_traced(socket, "head -c 5 /dev/urandom >/dev/null; exit 3")), 3);
  const Trace trace = listener->finish();
  EXPECT_EQ(trace.failure, "");
  EXPECT_TRUE(trace.started);
  EXPECT_EQ(trace.unread, 0U);
  bool opened = false;
  std::uint64_t read = 0;
  for (const Event& event : trace.events) {
    opened = opened || (event.act == Act::open && event.source == Source::urandom);
    read += event.act == Act::read && event.source == Source::urandom ? event.bytes : 0;
    EXPECT_FALSE(event.callers.empty());
  }
  EXPECT_TRUE(opened);
  EXPECT_GE(read, 5U);
}

TEST_F(ListenerTest, AListenerThatGoesLeavesNobodyWaiting) {
  const std::filesystem::path mark = folder.path() / "mark";
  auto listener = TraceListener::start(socket).value();
  const pid_t child = start_traced(
      socket, ("while :; do read x </etc/passwd || break; : >>'" + mark.string() + "'; done; exit 5").c_str());
  while (!std::filesystem::exists(mark)) // its first turn has been answered
    ::usleep(1000);
  listener.reset();
  // Every open fails with ENOSYS from then on. So the loop ends: where the file cannot be read any more, by its break;
  // where the mark cannot be written, a shell ends by itself, with 2 (POSIX, "Consequences of Shell Errors").
  const int status = wait_for(child);
  EXPECT_TRUE(status == 5 || status == 2) << status;
}

TEST_F(ListenerTest, NoContainerNoEvents) {
  auto listener = TraceListener::start(socket).value();
  const Trace trace = listener->finish();
  EXPECT_FALSE(trace.started);
  EXPECT_EQ(trace.failure, "");
}

TEST_F(ListenerTest, AMessageWithoutAListenerIsAFailure) {
  auto listener = TraceListener::start(socket).value();
  const int connection = connect_to(socket);
  ASSERT_EQ(::write(connection, "{}", 2), 2);
  // The thread has looked at it once it ends the connection.
  ::shutdown(connection, SHUT_WR);
  char byte = 0;
  EXPECT_EQ(::read(connection, &byte, 1), 0);
  ::close(connection);
  EXPECT_EQ(listener->finish().failure, "cannot receive the container's seccomp listener: the runtime sent none");
}

TEST_F(ListenerTest, ASocketNameThatIsTooLongIsSaidSo) {
  const auto listener = TraceListener::start("/tmp/" + std::string(120, 'x'));
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, ErrorCode::unsupported);
  EXPECT_EQ(listener.error().hint, "set TMPDIR to a shorter path");
}

TEST(ContainerStateTest, TheProcessIsRead) {
  EXPECT_EQ(parse_container_process_state(R"({"pid": 42, "state": {"pid": 7}})").value(), 42);
  for (const char* bad : {"", "[]", "{}", R"({"pid":"42"})", R"({"pid":0})", R"({"pid":-3})"})
    EXPECT_EQ(parse_container_process_state(bad).error().code, ErrorCode::invalid_input) << bad;
}

} // namespace
} // namespace kif::watch
