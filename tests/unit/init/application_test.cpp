// SPDX-License-Identifier: Apache-2.0
// Each test is a small kif-init in a child of its own, since supervising takes over a process: its signals, children
// and descriptors.
#include "init/application.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"

namespace kif::init {
namespace {

struct Ended {
  int exit_code;
  std::string output; ///< stdout and stderr
};

class Supervisor {
public:
  explicit Supervisor(
      std::vector<std::string> command, std::function<void()> prepare = [] {}) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    m_output = UniqueFd(ends[0]);
    UniqueFd write_end(ends[1]);
    m_pid = ::fork();
    if (m_pid == 0) {
      prepare();
      ::dup2(write_end.get(), STDOUT_FILENO);
      ::dup2(write_end.get(), STDERR_FILENO);
      std::vector<char*> argv;
      for (std::string& word : command)
        argv.push_back(word.data());
      argv.push_back(nullptr);
      const SignalState before = block_signals();
      ::_exit(supervise_application(std::span(argv).first(argv.size() - 1), before, Place::first_process));
    }
  }

  /// Until the application has written a line: it is up.
  void wait_for_line() const {
    char c = 0;
    while (::read(m_output.get(), &c, 1) == 1 && c != '\n') {
    }
  }
  pid_t pid() const { return m_pid; }

  /// What is written until nobody can write any more.
  std::string end_of_output() {
    FdReader reader(std::move(m_output), "the output");
    return read_to_end(reader, 65536, "the output").value();
  }

  Ended end() {
    Ended ended{0, m_output ? end_of_output() : std::string()};
    int status = 0;
    EXPECT_EQ(::waitpid(m_pid, &status, 0), m_pid);
    EXPECT_TRUE(WIFEXITED(status)) << "the supervisor itself was ended by signal " << WTERMSIG(status);
    ended.exit_code = WEXITSTATUS(status);
    return ended;
  }

private:
  UniqueFd m_output;
  pid_t m_pid = -1;
};

Ended supervise(
    std::vector<std::string> command, std::function<void()> prepare = [] {}) {
  return Supervisor(std::move(command), std::move(prepare)).end();
}

TEST(Application, ItsExitCodeIsPassedOn) {
  EXPECT_EQ(supervise({"true"}).exit_code, 0);
  EXPECT_EQ(supervise({"sh", "-c", "exit 3"}).exit_code, 3);
  EXPECT_EQ(supervise({"sh", "-c", "kill -KILL $$"}).exit_code, 128 + SIGKILL);
  EXPECT_EQ(supervise({"sh", "-c", "kill -SEGV $$"}).exit_code, 128 + SIGSEGV);
}

TEST(Application, ArgumentsAreUntouched) {
  EXPECT_EQ(supervise({"printf", "%s|", "a b", "", "--", "é\n"}).output, "a b||--|é\n|");
}

TEST(Application, WhatCannotBeRunIs127Or126AsInAShell) {
  const auto dir = TempDir::create("kif-application-test-").value();
  const std::string file = (dir.path() / "file").string();
  { [[maybe_unused]] const auto made = open_file(file, O_WRONLY | O_CREAT, 0644); }
  const Ended missing = supervise({"no-such-program"});
  EXPECT_EQ(missing.exit_code, 127);
  EXPECT_EQ(missing.output, "kif-init: error: cannot run no-such-program: no such program in PATH\n");
  EXPECT_EQ(supervise({"/no/such"}).exit_code, 127);
  EXPECT_EQ(supervise({""}).exit_code, 127);
  const Ended forbidden = supervise({file});
  EXPECT_EQ(forbidden.exit_code, 126);
  EXPECT_EQ(forbidden.output, "kif-init: error: cannot run " + file + ": Permission denied\n");
  ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
  EXPECT_EQ(supervise({file}).output, "kif-init: error: cannot run " + file + ": Exec format error\n")
      << "an engine does not hand such a file to a shell";
  {
    ASSERT_TRUE(write_all(open_file(file, O_WRONLY).value().get(), std::as_bytes(std::span("#!/no/such\n", 11)), file));
  }
  EXPECT_EQ(supervise({file}).exit_code, 127);
  EXPECT_NE(supervise({file}).output.find("hint: the file is there"), std::string::npos);
}

TEST(Application, AProgramThatMayNotRunDoesNotHideALaterOneInPath) {
  const auto dir = TempDir::create("kif-application-test-").value();
  { [[maybe_unused]] const auto made = open_file(dir.path() / "true", O_WRONLY | O_CREAT, 0644); }
  const auto path = [&](const std::string& rest) {
    return [value = dir.path().string() + rest] { ::setenv("PATH", value.c_str(), 1); };
  };
  EXPECT_EQ(supervise({"true"}, path(":/bin:/usr/bin")).exit_code, 0);
  EXPECT_EQ(supervise({"true"}, path("")).exit_code, 126);
  EXPECT_EQ(supervise({"true"}, [] { ::unsetenv("PATH"); }).exit_code, 0);
}

TEST(Application, EverySignalThatMayBePassedOnIs) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGALRM, SIGWINCH, SIGCONT, SIGPIPE,
                           SIGTTIN, SIGTTOU, SIGURG, SIGIO, SIGRTMIN, SIGRTMIN + 3, SIGRTMAX}) {
    const std::string number = std::to_string(signal);
    Supervisor supervisor({"sh", "-c", "trap 'exit 7' " + number + "; echo up; while :; do sleep 0.02; done"});
    supervisor.wait_for_line();
    ASSERT_EQ(::kill(supervisor.pid(), signal), 0);
    EXPECT_EQ(supervisor.end().exit_code, 7) << number;
  }
}

TEST(Application, ASignalThatItDoesNotHandleEndsIt) {
  Supervisor supervisor({"sh", "-c", "echo up; exec sleep 60"});
  supervisor.wait_for_line();
  ::kill(supervisor.pid(), SIGTERM);
  EXPECT_EQ(supervisor.end().exit_code, 128 + SIGTERM);
}

TEST(Application, ItsSignalsAreAsTheyWereBeforeKifInit) {
  // SigBlk, SigIgn of the application: none blocked, and of the ignored ones what was ignored before.
  const std::vector<std::string> command = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
  const auto before = [] {
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGUSR2, SIG_IGN);
  };
  // 32 and 33 are the C library's own: whoever started the tests may have left them ignored, and no program can say.
  EXPECT_THAT(supervise(command, before).output,
              testing::MatchesRegex("SigBlk:\t0000000000000000\nSigIgn:\t0000000(00|18)0010800\n"));
}

TEST(Application, OrphansAreReaped) {
  // The inner shell's children outlive it and come to the supervisor, made a reaper here. A zombie can still be
  // signalled.
  const std::string script = "left=$(sh -c 'for i in 1 2 3 4 5; do sleep 0.05 >/dev/null & echo $!; done'); sleep 0.5; "
                             "for pid in $left; do kill -0 $pid 2>/dev/null && echo $pid; done; exit 0";
  EXPECT_EQ(supervise({"sh", "-c", script}, [] { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }).output, "");
}

TEST(Application, TheSupervisorHoldsNoneOfItsDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0); // inherited: not close-on-exec
  const std::string close = "exec " + std::to_string(ends[1]) + ">&-; echo up; exec sleep 60";
  Supervisor supervisor({"bash", "-c", close});
  ::close(ends[1]);
  supervisor.wait_for_line();
  char c = 0;
  EXPECT_EQ(::read(ends[0], &c, 1), 0) << "the pipe ends when the application closes it";
  ::close(ends[0]);
  ::kill(supervisor.pid(), SIGTERM);
  supervisor.end();
}

TEST(Application, TheSupervisorIsNoEndOfItsStandardStreams) {
  // The application closes its output and lives on: who reads sees the end of it.
  Supervisor supervisor({"sh", "-c", "echo up; trap 'exit 0' TERM; exec >&- 2>&-; while :; do sleep 0.02; done"});
  supervisor.wait_for_line();
  EXPECT_EQ(supervisor.end_of_output(), "");
  ::kill(supervisor.pid(), SIGTERM);
  EXPECT_EQ(supervisor.end().exit_code, 0);
}

TEST(Application, WhatCannotBeRunIsSaidInJsonToo) {
  EXPECT_EQ(supervise({"no-such-program"}, [] { ::setenv("KIF_STATUS", "json", 1); }).output,
            R"({"schema":1,"program":"kif-init","state":"not-run","exit_code":127,)"
            R"("message":"cannot run no-such-program: no such program in PATH"})"
            "\n");
}

TEST(Application, ItIsContinuedWhenTheTerminalStopsIt) {
  Supervisor supervisor({"sh", "-c", "echo up; kill -TSTP $$; exit 5"});
  supervisor.wait_for_line();
  EXPECT_EQ(supervisor.end().exit_code, 5);
}

TEST(Application, StandardInputIsTheApplications) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  Supervisor supervisor({"cat"}, [&] { ::dup2(ends[0], STDIN_FILENO); });
  ::close(ends[0]);
  ASSERT_EQ(::write(ends[1], "through", 7), 7);
  ::close(ends[1]);
  EXPECT_EQ(supervisor.end().output, "through");
}

} // namespace
} // namespace kif::init
