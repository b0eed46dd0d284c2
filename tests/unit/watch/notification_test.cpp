// SPDX-License-Identifier: Apache-2.0
#include "watch/notification.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/syscall.h>

namespace kif::watch {
namespace {

TEST(CallTableTest, KnowsThisMachinesOwnNumbers) {
  const CallTable table;
  const auto arch = static_cast<std::uint32_t>(seccomp_arch_native());
  EXPECT_EQ(table.find(arch, SYS_getrandom), Call::getrandom);
  EXPECT_EQ(table.find(arch, SYS_openat), Call::openat);
  EXPECT_EQ(table.find(arch, SYS_pread64), Call::pread64);
  EXPECT_EQ(table.find(arch, SYS_execve), Call::execve);
  EXPECT_EQ(table.find(arch, SYS_write), std::nullopt);
  EXPECT_EQ(table.find(arch + 1, SYS_getrandom), std::nullopt);
}

#if defined(__x86_64__)
TEST(CallTableTest, KnowsTheOtherAbisOfTheProcessor) {
  const CallTable table;
  EXPECT_EQ(table.find(SCMP_ARCH_X86, 355), Call::getrandom); // arch/x86/entry/syscalls/syscall_32.tbl
  EXPECT_EQ(table.find(SCMP_ARCH_X86, 5), Call::open);
  EXPECT_EQ(table.find(SCMP_ARCH_X86, 318), std::nullopt);
  EXPECT_EQ(table.find(SCMP_ARCH_X86_64, 0x40000000 | 318), Call::getrandom); // x32
}
#endif

TEST(CallTableTest, NoTracedCallIsNamedTwice) {
  const auto& names = traced_calls();
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
}

TEST(NotificationTest, DescriptorsAreTakenAsTheKernelTakesThem) {
  EXPECT_EQ(as_int(0xFFFFFFFFFFFFFF9CULL), -100); // AT_FDCWD, sign-extended or not
  EXPECT_EQ(as_int(0x00000000FFFFFF9CULL), -100);
  EXPECT_EQ(as_int(7), 7);
}

} // namespace
} // namespace kif::watch
