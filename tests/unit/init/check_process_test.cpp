// SPDX-License-Identifier: Apache-2.0
#include "init/check_process.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/byte_store.h"
#include "init/application.h"

namespace kif::init {
namespace {

TEST(CheckProcess, WhatTheChecksReturnIsTheExitCode) {
  EXPECT_EQ(run_check_process([] { return 0; }, false).exit_code, 0);
  const CheckProcess failed = run_check_process([] { return exit_code(Failure::module); }, false);
  EXPECT_EQ(failed.exit_code, 87);
  EXPECT_FALSE(failed.refused) << "the checks have said why themselves";
}

TEST(CheckProcess, ACrashIsRefused) {
  const CheckProcess crashed = run_check_process(
      [] {
        ::raise(SIGKILL);
        return 0;
      },
      false);
  EXPECT_TRUE(crashed.refused);
  EXPECT_EQ(crashed.exit_code, 89);
  EXPECT_EQ(crashed.failure.error.message, "cannot finish the checks: their process was ended by signal 9");
}

TEST(CheckProcess, AnExitCodeOfNoCheckIsRefused) {
  const CheckProcess exited = run_check_process(
      [] {
        ::_exit(1);
        return 0;
      },
      false);
  EXPECT_EQ(exited.exit_code, 89);
  EXPECT_EQ(exited.failure.error.message, "cannot finish the checks: their process exited with 1");
}

TEST(CheckProcess, AnExitInTheMiddleIsNoPass) {
  const CheckProcess exited = run_check_process(
      [] {
        ::_exit(0);
        return 0;
      },
      false);
  EXPECT_EQ(exited.exit_code, 89);
  EXPECT_EQ(exited.failure.error.message, "cannot finish the checks: their process exited before they had passed");
}

TEST(CheckProcess, AnInheritedIgnoredSigchldHidesNoFailureAndStaysIgnored) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run_check_process([] { return exit_code(Failure::module); }, false).exit_code, 87);
  EXPECT_EQ(run_check_process([] { return 0; }, false).exit_code, 0);
  EXPECT_EQ(std::signal(SIGCHLD, before), SIG_IGN);
}

/// Echoes one byte, as a generator that was asked.
[[noreturn]] void echo(int link) {
  char byte = 0;
  if (::read(link, &byte, 1) == 1) [[maybe_unused]]
    const auto written = ::write(link, &byte, 1);
  ::_exit(0);
}

TEST(CheckProcess, ItMayStayAfterItsChecks) {
  const CheckProcess stays = run_check_process([] { return 0; }, false, echo);
  ASSERT_FALSE(stays.refused);
  EXPECT_EQ(stays.exit_code, 0);
  ASSERT_GT(stays.process, 0);
  EXPECT_EQ(::write(stays.link.get(), "e", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(stays.link.get(), &byte, 1), 1) << "its word that the checks have passed was taken from the link";
  EXPECT_EQ(byte, 'e');
  EXPECT_EQ(::waitpid(stays.process, nullptr, 0), stays.process);
}

TEST(CheckProcess, ItDoesNotStayAfterChecksThatFailed) {
  const CheckProcess failed = run_check_process([] { return exit_code(Failure::module); }, false, echo);
  EXPECT_EQ(failed.exit_code, 87);
  EXPECT_FALSE(failed.link);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST(CheckProcess, OneThatIsStartedAloneSaysWhenItIsReady) {
  const CheckProcess started = start_check_process([] { return 0; }, echo);
  ASSERT_GT(started.process, 0);
  char byte = 0;
  ASSERT_EQ(::read(started.link.get(), &byte, 1), 1);
  EXPECT_EQ(std::byte(byte), broker::k_ready);
  EXPECT_EQ(::write(started.link.get(), "e", 1), 1);
  EXPECT_EQ(::read(started.link.get(), &byte, 1), 1);
  EXPECT_EQ(::waitpid(started.process, nullptr, 0), started.process);
}

int g_up = -1; // where endless checks say that they run

/// The exit code of a process that runs endless checks as process 1 would, and gets `signal` meanwhile.
int end_while_checking(int signal) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  g_up = ends[1];
  const pid_t child = ::fork();
  if (child == 0) {
    block_signals();
    ::_exit(run_check_process(
                [] {
                  ::kill(::getppid(), SIGUSR1); // dropped: there is no application yet
                  [[maybe_unused]] const ssize_t told = ::write(g_up, "u", 1);
                  ::sleep(60);
                  return 0;
                },
                true)
                .exit_code);
  }
  char up = 0;
  EXPECT_EQ(::read(ends[0], &up, 1), 1);
  ::close(ends[0]);
  ::close(ends[1]);
  ::kill(child, signal);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(CheckProcess, ASignalThatEndsTheContainerEndsTheChecks) {
  EXPECT_EQ(end_while_checking(SIGTERM), 128 + SIGTERM);
  EXPECT_EQ(end_while_checking(SIGINT), 128 + SIGINT);
}

} // namespace
} // namespace kif::init
