// SPDX-License-Identifier: Apache-2.0
#include "host/sandbox.h"

#include <gtest/gtest.h>

#include "fake_root.h"

namespace kif::host {
namespace {

TEST(SandboxLook, TheModeIsTheStatusFilesNumber) {
  EXPECT_EQ(seccomp_mode("Name:\tkif\nSeccomp:\t0\nSeccomp_filters:\t0\n").value(), "off");
  EXPECT_EQ(seccomp_mode("Seccomp:\t1\n").value(), "strict");
  EXPECT_EQ(seccomp_mode("Seccomp_filters:\t1\nSeccomp:\t2\n").value(), "filter");
  EXPECT_EQ(seccomp_mode("Seccomp:\t3\n").error().message, "Seccomp is 3 in /proc/self/status");
  EXPECT_EQ(seccomp_mode("Name:\tkif\n").error().message, "no Seccomp in /proc/self/status");
}

TEST(SandboxLook, FilesAreReadAndWhatLacksIsUnknown) {
  FakeRoot fake;
  fake.file("/proc/self/status", "NoNewPrivs:\t1\nSeccomp:\t2\n")
      .file("/proc/sys/kernel/seccomp/actions_avail", "errno user_notif allow\n");
  const Sandbox found = look_at_sandbox(fake.root());
  EXPECT_EQ(found.seccomp_mode.value(), "filter");
  EXPECT_TRUE(found.no_new_privileges.value());
  EXPECT_EQ(found.seccomp_actions.value(), (std::vector<std::string>{"errno", "user_notif", "allow"}));

  const Sandbox empty = look_at_sandbox(FakeRoot().root());
  EXPECT_EQ(empty.seccomp_mode.error().message, "no /proc/self/status");
  EXPECT_EQ(empty.no_new_privileges.error().message, "no /proc/self/status");
  EXPECT_EQ(empty.seccomp_actions.error().message, "no /proc/sys/kernel/seccomp/actions_avail");
}

TEST(SandboxLook, ASocketLikeTheBrokersCanBeMade) {
  const auto tried = try_broker_socket();
  ASSERT_TRUE(tried) << tried.error().message;
}

} // namespace
} // namespace kif::host
