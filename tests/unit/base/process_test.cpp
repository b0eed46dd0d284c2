// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <array>
#include <csignal>
#include <functional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif {
namespace {

TEST(ProcessTest, OutputErrorAndExitCodeAreCollected) {
  const auto output = run_program({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}}).value();
  EXPECT_EQ(output.exit_code, 7);
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
}

TEST(ProcessTest, InputIsFedEvenWhenItIsLargerThanAPipe) {
  const std::string input(1 << 20, 'x');
  const auto output = run_program({.argv = {"cat"}, .standard_input = input}).value();
  EXPECT_EQ(output.out, input);
}

TEST(ProcessTest, AChildThatDoesNotReadItsInputIsNoFault) {
  EXPECT_EQ(run_program({.argv = {"true"}, .standard_input = std::string(1 << 20, 'x')}).value().exit_code, 0);
}

TEST(ProcessTest, ASignalIs128AndItsNumber) {
  EXPECT_EQ(run_program({.argv = {"sh", "-c", "kill -9 $$"}}).value().exit_code, 137);
}

TEST(ProcessTest, TooMuchOutputAndTooMuchTimeEndTheChild) {
  EXPECT_EQ(run_program({.argv = {"yes"}, .max_output_bytes = 1000}).error().code, ErrorCode::too_large);
  EXPECT_EQ(run_program({.argv = {"sleep", "60"}, .timeout = std::chrono::milliseconds(50)}).error().code,
            ErrorCode::timeout);
  EXPECT_EQ(run_program({.argv = {"sh", "-c", "exec >&- 2>&-; sleep 60"}, .timeout = std::chrono::milliseconds(50)})
                .error()
                .code,
            ErrorCode::timeout)
      << "it has closed its outputs and goes on";
}

TEST(ProcessTest, AMissingProgramIsNamed) {
  const auto output = run_program({.argv = {"no-such-program-here"}});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::not_found);
  EXPECT_EQ(output.error().message, "cannot run no-such-program-here: no such program in PATH");
}

TEST(ProcessTest, EnvironmentAndFolderAreTheChildsOwn) {
  const auto output =
      run_program({.argv = {"sh", "-c", "echo $A; pwd"}, .environment = {{"A=b"}}, .working_directory = "/"}).value();
  EXPECT_EQ(output.out, "b\n/\n");
}

/// What `work` gives back, from a process of its own, which it may change as it likes.
int in_another_process(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(ProcessTest, AChildHasNoOtherDescriptors) {
  const UniqueFd leaky(::fcntl(2, F_DUPFD, 20)); // without FD_CLOEXEC
  const std::string name = std::to_string(leaky.get());
  EXPECT_EQ(run_program({.argv = {"sh", "-c", "test ! -e /proc/self/fd/" + name}}).value().exit_code, 0);
  EXPECT_NE(::fcntl(leaky.get(), F_GETFD), -1) << "this process keeps it";
}

TEST(ProcessTest, AChildHasDefaultSignalsAndNoneBlocked) {
  EXPECT_EQ(in_another_process([] {
              for (const int number : {SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGCHLD + 20})
                ::signal(number, SIG_IGN);
              // As a program that posix_spawn started has them (make's, say); glibc's own functions refuse both.
              for (const int number : {32, 33}) {
                const std::array<unsigned long, 4> ignored{reinterpret_cast<unsigned long>(SIG_IGN)};
                if (::syscall(SYS_rt_sigaction, number, ignored.data(), nullptr, 8) != 0)
                  return 4;
              }
              sigset_t all;
              ::sigfillset(&all);
              ::sigprocmask(SIG_SETMASK, &all, nullptr);
              const auto seen = run_program({.argv = {"cat", "/proc/self/status"}});
              if (!seen)
                return 1;
              const auto has = [&](const char* line) { return seen->out.find(line) != std::string::npos; };
              return !has("SigBlk:\t0000000000000000\n") ? 2 : !has("SigIgn:\t0000000000000000\n") ? 3 : 0;
            }),
            0)
      << "1: it was not run; 2: a signal is blocked; 3: one is ignored; 4: two could not be";
}

TEST(ProcessTest, StandardStreamsThatAreClosedAreNotMixedUp) {
  for (unsigned closed = 1; closed < 8; ++closed)
    EXPECT_EQ(in_another_process([closed] {
                for (int number = 0; number < 3; ++number)
                  if ((closed >> static_cast<unsigned>(number) & 1U) != 0)
                    ::close(number);
                const auto seen = run_program({.argv = {"sh", "-c", "cat; echo err >&2"}, .standard_input = "in"});
                return seen && seen->out == "in" && seen->err == "err\n" ? 0 : 1;
              }),
              0)
        << closed;
}

TEST(ProcessTest, AnOwnStreamThatIsClosedIsDevNull) {
  EXPECT_EQ(in_another_process([] {
              for (int number = 0; number < 3; ++number)
                ::close(number);
              const auto child = ChildProcess::start(
                  {.argv = {"sh", "-c", "for n in 0 1 2; do test /dev/null -ef /proc/self/fd/$n || exit 1; done"}},
                  ChildProcess::Streams::own);
              return child ? (*child)->wait_for_end() : 2;
            }),
            0);
}

TEST(ProcessTest, AChildEndsWithItsObject) {
  {
    const auto child = ChildProcess::start({.argv = {"sleep", "1000"}}, ChildProcess::Streams::collected).value();
    EXPECT_FALSE(child->has_ended());
    EXPECT_FALSE(child->wait_for_end(std::chrono::milliseconds(1)));
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "it was not waited for";
}

TEST(ProcessTest, AProgramThatCannotBeRunSaysWhy) {
  EXPECT_EQ(run_program({.argv = {"true"}, .working_directory = "/no/such"}).error().message,
            "cannot run true: No such file or directory");
}

} // namespace
} // namespace kif
