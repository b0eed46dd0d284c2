// SPDX-License-Identifier: Apache-2.0
// What is told apart when a container's run ends: a program that failed, and a program that was never started. A script
// stands for runc.
#include "watch/run.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

class RunTest : public testing::Test {
protected:
  /// `script` sees the pid file as $pid and the log as $log.
  Result<RunResult> run(const std::string& script) {
    const fs::path runtime = m_folder.path() / "runtime";
    std::ofstream(runtime) << "#!/bin/sh\n[ \"$7\" = run ] || exit 0\nlog=$4 pid=${11}\n" << script << "\n";
    fs::permissions(runtime, fs::perms::owner_all);
    const auto workspace = Workspace::create(runtime).value();
    Container container;
    container.root = m_folder.path();
    container.arguments = {"/program"};
    return run_container(*workspace, container, {});
  }
  std::string failure_of(const std::string& script) {
    const auto result = run(script);
    return result ? "it ran, exit code " + std::to_string(result->exit_code) : result.error().message;
  }

  TempDir m_folder = TempDir::create("kif-test-").value();
};

TEST_F(RunTest, AProgramThatFailsIsAResult) {
  for (const char* script : {"echo 1 >$pid; exit 1", "echo 1 >$pid; echo 'exec failed' >&2; exit 1",
                             "echo 1 >$pid; echo out; echo 'exec /program: exec format error' >&2; exit 1",
                             "echo 1 >$pid; echo 'exec /program: exec format error' >&2; exit 2"})
    EXPECT_TRUE(run(script)) << script;
  EXPECT_EQ(run("echo 1 >$pid; exit 137")->exit_code, 137);
}

TEST_F(RunTest, ARuntimeThatCannotRunItselfHasStartedNothing) {
  EXPECT_EQ(failure_of("echo 'runtime: failed to create new OS thread' >&2; echo more >&2; exit 2"),
            "cannot start the container: the container runtime ended with exit code 2 before it did: runtime: failed "
            "to create new OS thread");
  EXPECT_EQ(failure_of("exit 0"),
            "cannot start the container: the container runtime ended with exit code 0 before it did");
  EXPECT_EQ(failure_of("echo '{\"level\":\"error\",\"msg\":\"no room\"}' >$log; exit 1"),
            "cannot start the container: the container runtime ended with exit code 1 before it did: no room");
}

TEST_F(RunTest, AContainerThatCannotBeMadeHasStartedNothing) {
  EXPECT_EQ(failure_of("echo '{\"level\":\"error\",\"msg\":\"runc run failed: no cgroup\"}' >$log; exit 1"),
            "cannot start the container: no cgroup");
}

TEST_F(RunTest, AProgramThatTheKernelDoesNotTakeHasNotStarted) {
  for (const char* code : {"1", "255"})
    EXPECT_EQ(failure_of(std::string("echo 1 >$pid; echo 'exec /program: exec format error' >&2; exit ") + code),
              "cannot start the container: exec /program: exec format error");
}

TEST_F(RunTest, ARuntimeThatIsKilledShowsNothingAboutTheProgram) {
  EXPECT_EQ(failure_of("echo 1 >$pid; kill -9 $$"),
            "cannot finish the container: signal 9 ended the container runtime");
}

} // namespace
} // namespace kif::watch
