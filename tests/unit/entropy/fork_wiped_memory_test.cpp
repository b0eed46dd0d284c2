// SPDX-License-Identifier: Apache-2.0
#include "entropy/fork_wiped_memory.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "child.h"

namespace kif::entropy {
namespace {

bool all_are(std::span<const std::byte> bytes, int value) {
  return std::all_of(bytes.begin(), bytes.end(), [&](std::byte byte) { return byte == std::byte(value); });
}

void fill(const ForkWipedMemory& memory) {
  std::fill(memory.bytes().begin(), memory.bytes().end(), std::byte{0xa5});
}

TEST(ForkWipedMemoryTest, TheKernelWipesItInChildrenAndGrandchildren) {
  const ForkWipedMemory memory(10'000);
  ASSERT_EQ(memory.bytes().size(), 10'000u);
  ASSERT_TRUE(all_are(memory.bytes(), 0));
  ASSERT_TRUE(memory.wiped_by_kernel());
  fill(memory);
  const auto body = [&] {
    if (!all_are(memory.bytes(), 0))
      return 1;
    fill(memory);
    return in_child([&] { return all_are(memory.bytes(), 0) ? 0 : 2; });
  };
  EXPECT_EQ(in_child(body), 0);
  EXPECT_EQ(in_raw_child(body), 0);
  EXPECT_TRUE(all_are(memory.bytes(), 0xa5));
}

TEST(ForkWipedMemoryTest, WhereTheKernelRefusesItIsWipedOnTheFirstCall) {
  const auto body = [] {
    set_wipe_on_fork(WipeOnFork::refused);
    const ForkWipedMemory memory(10'000);
    if (memory.bytes().empty() || memory.wiped_by_kernel())
      return 1;
    fill(memory);
    memory.wipe_if_forked();
    if (!all_are(memory.bytes(), 0xa5))
      return 2; // nothing was forked
    const auto child = [&] {
      if (!all_are(memory.bytes(), 0xa5))
        return 3; // the control: without the call the parent's content is there
      memory.wipe_if_forked();
      if (!all_are(memory.bytes(), 0))
        return 4;
      fill(memory);
      memory.wipe_if_forked();
      return all_are(memory.bytes(), 0xa5) ? 0 : 5; // once only
    };
    if (const int result = in_child(child); result != 0)
      return result;
    return in_raw_child(child); // known by its process id alone
  };
  EXPECT_EQ(in_child(body), 0);
}

TEST(ForkWipedMemoryTest, AnAnswerOfSuccessToAnUnknownAdviceIsNotBelieved) {
  EXPECT_EQ(in_child([] {
              set_wipe_on_fork(WipeOnFork::ignored);
              return ForkWipedMemory(4096).wiped_by_kernel() ? 1 : 0;
            }),
            0);
}

TEST(ForkWipedMemoryTest, AChildWithItsParentsNumberIsKnownByTheForkHandler) {
  const auto body = [] {
    set_wipe_on_fork(WipeOnFork::refused);
    const ForkWipedMemory memory(4096);
    fill(memory);
    if (::unshare(CLONE_NEWPID) != 0)
      return 2;
    return in_child([&] {
      if (::getpid() != 1)
        return 3;
      memory.wipe_if_forked();
      return all_are(memory.bytes(), 0) ? 0 : 4;
    });
  };
  // Process 1 of one PID namespace forks process 1 of the next.
  const int result = in_child([&] { return ::unshare(CLONE_NEWPID) == 0 ? in_child(body) : 77; });
  if (result == 77)
    GTEST_SKIP() << "this user may not make PID namespaces";
  EXPECT_EQ(result, 0);
}

TEST(ForkWipedMemoryTest, ItIsNeitherInCoreDumpsNorInChildren) {
  const ForkWipedMemory memory(4096);
  std::ifstream maps("/proc/self/smaps");
  if (!maps)
    GTEST_SKIP() << "there is no /proc/self/smaps";
  char start[32];
  std::snprintf(start, sizeof start, "%lx-", reinterpret_cast<unsigned long>(memory.bytes().data()));
  std::string line;
  while (std::getline(maps, line) && line.rfind(start, 0) != 0) {
  }
  while (std::getline(maps, line) && line.rfind("VmFlags:", 0) != 0) {
  }
  line += ' ';
  EXPECT_NE(line.find(" wf "), std::string::npos) << line; // wipe on fork
  EXPECT_NE(line.find(" dd "), std::string::npos) << line; // do not dump
}

TEST(ForkWipedMemoryTest, ThreadsOfAChildWipeOnceTogether) {
  EXPECT_EQ(in_child([] {
              set_wipe_on_fork(WipeOnFork::refused);
              const ForkWipedMemory memory(1 << 20);
              for (int round = 0; round < 20; ++round) {
                fill(memory);
                const int result = in_child([&] {
                  std::atomic<int> wrong{0};
                  std::vector<std::thread> threads;
                  for (int i = 0; i < 8; ++i)
                    threads.emplace_back([&, i] {
                      memory.wipe_if_forked();
                      // Each thread has a part of its own: a second wipe by a slower thread would undo the mark.
                      const auto part = memory.bytes().subspan(static_cast<std::size_t>(i) << 17, 1 << 17);
                      if (!all_are(part, 0))
                        ++wrong;
                      std::fill(part.begin(), part.end(), std::byte{0x5a});
                    });
                  for (auto& thread : threads)
                    thread.join();
                  return wrong == 0 && all_are(memory.bytes(), 0x5a) ? 0 : 1;
                });
                if (result != 0)
                  return result;
              }
              return 0;
            }),
            0);
}

} // namespace
} // namespace kif::entropy
