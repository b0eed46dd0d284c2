// SPDX-License-Identifier: Apache-2.0
// What can be seen of it without an emulated machine, which tests/system/kernels/snapshot_test.py has.
#include "base/copy_watch.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/trapped_getrandom.h"

namespace kif {
namespace {

/// The exit code of a child that does this.
template <class Work> int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

constexpr int k_not_permitted = 77;

TEST(TrappedGetrandom, TheKernelGivesNothing) {
  const int code = in_child([] {
    std::array<unsigned char, 32> bytes{};
    if (::syscall(SYS_getrandom, bytes.data(), bytes.size(), 0) != 32)
      return 1; // the control
    if (!trap_getrandom())
      return k_not_permitted;
    errno = 0;
    return ::syscall(SYS_getrandom, bytes.data(), bytes.size(), 0) == -1 && errno == ENOSYS ? 0 : 2;
  });
  if (code == k_not_permitted)
    GTEST_SKIP() << "no seccomp filter here";
  EXPECT_EQ(code, 0);
}

TEST(TrappedGetrandom, TheVdsoIsToldThatItHasAKey) {
  if (find_vdso_getrandom() == nullptr)
    GTEST_SKIP() << "this kernel's vDSO has no getrandom (Linux 6.11)";
  EXPECT_EQ(in_child([] {
              if (!trap_getrandom())
                return 0;
              alignas(256) std::array<unsigned char, 256> state{};
              std::array<std::uint32_t, 16> parameters{};
              const VdsoGetrandom get = find_vdso_getrandom();
              if (get(nullptr, 0, 0, parameters.data(), ~std::size_t{0}) != 0 || parameters[0] > state.size())
                return 1;
              unsigned char byte = 0;
              return get(&byte, 1, 0, state.data(), parameters[0]) == 1 ? 0 : 2;
            }),
            0);
}

// The kernel reseeds once a minute, so one look among these may say so.
TEST(KernelReseeds, OneLookAfterTheOtherSeesNone) {
  static KernelReseeds reseeds;
  EXPECT_FALSE(reseeds.seen()) << "the first look";
  int seen = 0;
  for (int i = 0; i < 10'000; ++i)
    seen += reseeds.seen() ? 1 : 0;
  EXPECT_LE(seen, 1);
}

TEST(KernelReseeds, ALookMakesNoSystemCall) {
  if (find_vdso_getrandom() == nullptr)
    GTEST_SKIP() << "this kernel's vDSO has no getrandom (Linux 6.11)";
  EXPECT_EQ(in_child([] {
              static KernelReseeds reseeds;
              reseeds.seen();
              // With a trap that came afterwards, a call would be told that it had a key, and be seen as a change.
              if (!trap_getrandom())
                return 0;
              int seen = 0;
              for (int i = 0; i < 1000; ++i)
                seen += reseeds.seen() ? 1 : 0;
              return seen <= 1 ? 0 : 1;
            }),
            0);
}

// A state of another generation: what is left of it in memory is not what the vDSO takes.
TEST(KernelReseeds, AStateThatTheVdsoDoesNotTakeIsSeen) {
  if (find_vdso_getrandom() == nullptr)
    GTEST_SKIP() << "this kernel's vDSO has no getrandom (Linux 6.11)";
  static KernelReseeds reseeds;
  reseeds.seen();
  auto* const bytes = reinterpret_cast<unsigned char*>(&reseeds);
  // m_before: a state whose generation is another one is that of a kernel that has reseeded.
  for (std::size_t i = 256; i < 512; ++i)
    bytes[i] = 0;
  EXPECT_TRUE(reseeds.seen());
  EXPECT_FALSE(reseeds.seen());
}

TEST(CopyWatch, NothingIsSeenWhereNothingIsLookedAt) {
  CopyWatch watch;
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(watch.moved());
}

TEST(CopyWatch, ClocksThatRunSmoothlyAreNoSign) {
  CopyWatch watch({.clocks = true, .wall_clock = true});
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(watch.moved());
}

TEST(CopyWatch, AJumpOfTheWallClockIsASign) {
  const auto folder = TempDir::create("kif-wall-clock-");
  ASSERT_TRUE(folder);
  const std::string file = folder->path() / "since_epoch";
  const auto set = [&](std::int64_t seconds) { std::ofstream(file) << seconds << '\n'; };
  constexpr std::int64_t k_second = 1'000'000'000;
  constexpr std::int64_t k_realtime_s = 1'800'000'000;
  WallClockWatch watch(file.c_str());
  const auto moved = [&](std::int64_t after_s) {
    return watch.moved((100 + after_s) * k_second, (k_realtime_s + after_s) * k_second);
  };
  set(k_realtime_s - 7200); // in local time
  EXPECT_FALSE(moved(0)) << "the first look";
  set(k_realtime_s - 7200 + 2);
  EXPECT_FALSE(moved(1)) << "its own steps are of a second";
  set(k_realtime_s - 7200 + 8);
  EXPECT_FALSE(watch.moved(101 * k_second + 1, (k_realtime_s + 1) * k_second)) << "not read again so soon";
  EXPECT_TRUE(moved(2)) << "the machine was restored 6 s later";
  set(k_realtime_s - 7200 + 9);
  EXPECT_FALSE(moved(3)) << "that is known now";
  set(k_realtime_s - 7200 - 100);
  EXPECT_TRUE(moved(4)) << "it may be set back as well";
}

TEST(CopyWatch, WithoutAWallClockThereIsNoSign) {
  WallClockWatch watch("/no/such/file");
  for (std::int64_t second = 1; second < 10; ++second)
    EXPECT_FALSE(watch.moved(second * 1'000'000'000, 0));
}

} // namespace
} // namespace kif
