// SPDX-License-Identifier: Apache-2.0
#include "base/end_by_signal.h"

#include <csignal>
#include <functional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "base/undo.h"

namespace kif {
namespace {

namespace fs = std::filesystem;

/// A process of its own: `work` runs in it, says ready, and is to be ended from outside.
class Other {
public:
  explicit Other(const std::function<void(const std::function<void()>& say_ready)>& work) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return;
    m_ready = UniqueFd(ends[0]);
    UniqueFd write_end(ends[1]);
    m_pid = ::fork();
    if (m_pid != 0)
      return;
    Undo::forget_all_in_child();
    work([&] { [[maybe_unused]] const ssize_t written = ::write(write_end.get(), "r", 1); });
    ::_exit(99);
  }
  ~Other() {
    if (m_pid > 0)
      ::kill(m_pid, SIGKILL);
  }
  Other(const Other&) = delete;
  Other& operator=(const Other&) = delete;

  void wait_until_ready() const {
    char byte = 0;
    ASSERT_EQ(::read(m_ready.get(), &byte, 1), 1);
  }
  void send(int signal) const { ::kill(m_pid, signal); }
  /// Its status as of waitpid().
  int end() {
    int status = 0;
    ::waitpid(std::exchange(m_pid, -1), &status, 0);
    return status;
  }

private:
  UniqueFd m_ready;
  pid_t m_pid = -1;
};

[[noreturn]] void wait_for_ever() {
  for (;;)
    ::pause();
}

class EndBySignalTest : public testing::TestWithParam<int> {
protected:
  TempDir m_folder = TempDir::create("kif-test-").value();
  bool is_empty() const { return fs::is_empty(m_folder.path()); }
};

TEST_P(EndBySignalTest, NothingIsLeftAndTheSignalIsWhatEndedIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0); // without O_CLOEXEC, as somebody else's code might make it
  const UniqueFd alive(ends[0]);
  UniqueFd write_end(ends[1]);
  Other other([&](const auto& say_ready) {
    const EndBySignal end_by_signal;
    const TempDir temporary = TempDir::create("t-", m_folder.path()).value();
    fs::create_directories(temporary.path() / "deep/er");
    const AtomicFile file = AtomicFile::create(m_folder.path() / "result").value();
    const auto child = ChildProcess::start({.argv = {"sleep", "1000"}}, ChildProcess::Streams::own).value();
    say_ready();
    wait_for_ever();
  });
  write_end.reset();
  other.wait_until_ready();
  EXPECT_FALSE(is_empty());
  other.send(GetParam());
  const int status = other.end();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), GetParam());
  EXPECT_TRUE(is_empty());
  char byte = 0;
  EXPECT_EQ(::read(alive.get(), &byte, 1), 0) << "its child lives on, or has what was not for it";
}

INSTANTIATE_TEST_SUITE_P(Signals, EndBySignalTest, testing::Values(SIGINT, SIGTERM, SIGHUP));

TEST_F(EndBySignalTest, WhatAnotherThreadStillMakesGoesToo) {
  Other other([&](const auto& say_ready) {
    const EndBySignal end_by_signal;
    const TempDir temporary = TempDir::create("t-", m_folder.path()).value();
    for (int i = 0;; ++i) {
      std::error_code ignored;
      fs::create_directory(temporary.path() / std::to_string(i), ignored);
      if (const auto file = AtomicFile::create(temporary.path() / "file"); i == 100)
        say_ready();
    }
  });
  other.wait_until_ready();
  other.send(SIGTERM);
  EXPECT_TRUE(WIFSIGNALED(other.end()));
  EXPECT_TRUE(is_empty());
}

TEST_F(EndBySignalTest, NobodySeesAnErrorThatOnlyTheEndHasCaused) {
  Other other([&](const auto& say_ready) {
    const EndBySignal end_by_signal;
    {
      const TempDir temporary = TempDir::create("t-", m_folder.path()).value();
      say_ready();
      while (::access(temporary.path().c_str(), F_OK) == 0) {
      }
    }
    ::_exit(3); // "no such folder"
  });
  other.wait_until_ready();
  other.send(SIGINT);
  EXPECT_TRUE(WIFSIGNALED(other.end()));
}

TEST_F(EndBySignalTest, WhatWasIgnoredStaysIgnored) {
  Other other([](const auto& say_ready) {
    ::signal(SIGHUP, SIG_IGN); // nohup
    const EndBySignal end_by_signal;
    ::kill(::getpid(), SIGHUP);
    say_ready();
    wait_for_ever();
  });
  other.wait_until_ready();
  other.send(SIGTERM);
  EXPECT_EQ(WTERMSIG(other.end()), SIGTERM);
}

TEST_F(EndBySignalTest, WhilePausedASignalWaits) {
  Other other([](const auto& say_ready) {
    const EndBySignal end_by_signal;
    {
      const EndBySignal::Pause pause;
      ::kill(::getpid(), SIGTERM);
      say_ready();
    }
    wait_for_ever();
  });
  other.wait_until_ready();
  EXPECT_EQ(WTERMSIG(other.end()), SIGTERM);
}

TEST_F(EndBySignalTest, AfterItTheUsualEffectIsBack) {
  Other other([](const auto&) {
    { const EndBySignal end_by_signal; }
    ::raise(SIGINT);
  });
  EXPECT_EQ(WTERMSIG(other.end()), SIGINT);
}

} // namespace
} // namespace kif
