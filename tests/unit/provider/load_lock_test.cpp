// SPDX-License-Identifier: Apache-2.0
#include "provider/load_lock.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::provider {
namespace {

TEST(LoadLockTest, AThreadMayTakeItAgainAndOthersWait) {
  std::atomic<bool> entered{false};
  std::thread other;
  {
    auto outer = LoadLock::take();
    ASSERT_TRUE(outer);
    {
      auto inner = LoadLock::take();
      ASSERT_TRUE(inner);
    }
    other = std::thread([&] {
      auto lock = LoadLock::take();
      EXPECT_TRUE(lock);
      entered = true;
    });
    // Longer than the time after which a lock is taken for abandoned.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_FALSE(entered);
  }
  other.join();
  EXPECT_TRUE(entered);
}

TEST(LoadLockTest, AChildForkedWhileAnotherThreadLoadsGetsAnErrorAndDoesNotHang) {
  std::atomic<bool> held{false};
  std::atomic<bool> release{false};
  std::thread holder([&] {
    auto lock = LoadLock::take();
    held = true;
    while (!release)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (!held)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    auto lock = LoadLock::take();
    ::_exit(!lock && lock.error().code == ErrorCode::conflict ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  release = true;
  holder.join();
}

} // namespace
} // namespace kif::provider
