// SPDX-License-Identifier: Apache-2.0
#include "broker/broker.h"

#include <atomic>
#include <csignal>
#include <fstream>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::broker {
namespace {

TEST(ThreadsTest, AllBeginWithSignalsBlocked) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  const int writing = ends[1];
  const auto work = [writing] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    const char byte = ::sigismember(&mask, SIGTERM) == 1 ? 'y' : 'n';
    [[maybe_unused]] const ssize_t written = ::write(writing, &byte, 1);
  };
  start_all_or_none({work, work});
  for (int i = 0; i < 2; ++i) {
    char byte = 0;
    ASSERT_EQ(::read(reading.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
  }
  ::close(writing);
}

// A sanitizer reserves terabytes, so that no bound on them can be met by a few threads.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
int threads_now() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("Threads:"))
      return std::stoi(line.substr(8));
  return -1;
}

TEST(ThreadsTest, WhereOneCannotBeStartedNoneBegins) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr rlim_t k_room = rlim_t{64} << 20U; // for the stacks of some threads, and not of all
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    const rlimit bound{pages * 4096 + k_room, pages * 4096 + k_room};
    ::setrlimit(RLIMIT_AS, &bound);
    static std::atomic<int> begun{0};
    bool has_thrown = false;
    try {
      start_all_or_none(std::vector<std::function<void()>>(200, [] { ++begun; }));
    } catch (const std::system_error&) {
      has_thrown = true;
    }
    while (threads_now() > 1)
      ::poll(nullptr, 0, 1);
    ::_exit(!has_thrown ? 1 : begun != 0 ? 2 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif

} // namespace
} // namespace kif::broker
