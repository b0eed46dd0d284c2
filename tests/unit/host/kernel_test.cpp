// SPDX-License-Identifier: Apache-2.0
#include "host/kernel.h"

#include <gtest/gtest.h>

#include "fake_root.h"
#include "host/cgroups.h"

namespace kif::host {
namespace {

TEST(Kernel, FipsModeIsTheFilesWord) {
  FakeRoot fake;
  EXPECT_EQ(read_fips_mode(fake.file("/proc/sys/crypto/fips_enabled", "1\n").root()).value(), FipsMode::on);
  EXPECT_EQ(read_fips_mode(fake.file("/proc/sys/crypto/fips_enabled", "0\n").root()).value(), FipsMode::off);
}

TEST(Kernel, AKernelBuiltWithoutFipsModeOffersNone) {
  FakeRoot fake;
  fake.file("/proc/sys/kernel/osrelease", "6.12\n");
  EXPECT_EQ(read_fips_mode(fake.root()).value(), FipsMode::not_offered);
}

TEST(Kernel, WithoutProcNobodyKnows) {
  const auto mode = read_fips_mode(FakeRoot().root());
  ASSERT_FALSE(mode);
  EXPECT_EQ(mode.error().message, "no /proc/sys here");
}

TEST(Kernel, AStrangeWordIsUnknown) {
  FakeRoot fake;
  const auto mode = read_fips_mode(fake.file("/proc/sys/crypto/fips_enabled", "2\n").root());
  ASSERT_FALSE(mode);
  EXPECT_EQ(mode.error().message, "/proc/sys/crypto/fips_enabled is neither 0 nor 1");
}

TEST(Kernel, GvisorIsKnownByWhatItCallsItself) {
  EXPECT_TRUE(is_gvisor("4.4.0", "#1 SMP Sun Jan 10 15:06:54 PST 2016"));
  EXPECT_TRUE(is_gvisor("4.19.0-gvisor", "#1 SMP whatever"));
  EXPECT_FALSE(is_gvisor("4.4.0", "#1 SMP Tue Feb 2 2016"));
  EXPECT_FALSE(is_gvisor("6.12.48+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1"));
}

TEST(Cgroups, AreToldFromTheMounts) {
  const std::string first = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n";
  const std::string second = "33 31 0:30 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
  const std::string other = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs cgroup rw,mode=755\n";
  EXPECT_EQ(cgroups_of(other + first), Cgroups::v1);
  EXPECT_EQ(cgroups_of(other + second), Cgroups::v2);
  EXPECT_EQ(cgroups_of(first + second), Cgroups::hybrid);
  EXPECT_EQ(cgroups_of(other), Cgroups::none);
  EXPECT_EQ(cgroups_of("broken\n1 2 -\n\n"), Cgroups::none);
}

} // namespace
} // namespace kif::host
