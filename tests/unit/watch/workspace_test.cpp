// SPDX-License-Identifier: Apache-2.0
#include "watch/workspace.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "watch/interrupts.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

// Stands for runc: writes what it is asked to delete, and deletes its state.
fs::path fake_runtime(const fs::path& folder) {
  const fs::path path = folder / "runtime";
  std::ofstream(path) << "#!/bin/sh\n"
                         "echo \"$@\" >>"
                      << (folder / "calls").string()
                      << "\n"
                         "rm -rf \"$2/$5\"\n";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

bool vanishes(const fs::path& path) {
  for (int i = 0; i < 200 && fs::exists(path); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return !fs::exists(path);
}

TEST(WorkspaceTest, WhatIsLeftGoesWithTheObject) {
  const TempDir folder = TempDir::create("kif-test-").value();
  fs::path path;
  {
    const auto workspace = Workspace::create(fake_runtime(folder.path())).value();
    path = workspace->path();
    EXPECT_EQ(workspace->make_folder().value(), path / "1");
    EXPECT_EQ(workspace->make_folder().value(), path / "2");
    fs::create_directories(workspace->state_folder() / "left-over");
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_EQ(read_file(folder.path() / "calls", 1000).value(),
            "--root " + (path / "state").string() + " delete --force left-over\n");
}

TEST(WorkspaceTest, WhatIsLeftGoesWhenTheProcessIsKilled) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const fs::path runtime = fake_runtime(folder.path());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto workspace = Workspace::create(runtime).value();
    fs::create_directories(workspace->state_folder() / "left-over");
    const std::string path = workspace->path().string();
    [[maybe_unused]] const ssize_t written = ::write(ends[1], path.data(), path.size());
    ::pause();
    ::_exit(0);
  }
  char buffer[4096];
  const ssize_t length = ::read(ends[0], buffer, sizeof buffer);
  ASSERT_GT(length, 0);
  const fs::path path(std::string(buffer, static_cast<std::size_t>(length)));
  ASSERT_TRUE(fs::exists(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(vanishes(path));
  EXPECT_NE(read_file(folder.path() / "calls", 1000).value().find("delete --force left-over"), std::string::npos);
}

TEST(WorkspaceTest, FoldersThatNobodyMayEnterAreRemoved) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const fs::path tree = folder.path() / "tree";
  fs::create_directories(tree / "closed/inner");
  std::ofstream(tree / "closed/inner/file") << "x";
  fs::permissions(tree / "closed/inner", fs::perms::none);
  fs::permissions(tree / "closed", fs::perms::none);
  remove_tree(tree);
  EXPECT_FALSE(fs::exists(tree));
}

TEST(InterruptsTest, SignalsWaitAndAreTaken) {
  const Interrupts interrupts = Interrupts::take().value();
  EXPECT_FALSE(interrupts.next());
  ::kill(::getpid(), SIGTERM);
  const auto signal = interrupts.next();
  ASSERT_TRUE(signal);
  EXPECT_EQ(signal->number, SIGTERM);
  EXPECT_FALSE(signal->from_terminal);
  EXPECT_FALSE(interrupts.next());
}

} // namespace
} // namespace kif::watch
