// SPDX-License-Identifier: Apache-2.0
#include "host/container.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_root.h"

namespace kif::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FakeRoot& first_namespaces(FakeRoot& fake) {
  return fake.link("/proc/self/ns/ipc", "ipc:[4026531839]")
      .link("/proc/self/ns/uts", "uts:[4026531838]")
      .link("/proc/self/ns/user", "user:[4026531837]");
}

TEST(ContainerLook, TheFirstNamespacesAreTheMachines) {
  FakeRoot fake;
  const auto found =
      look_for_container(first_namespaces(fake).link("/proc/self/ns/pid", "pid:[4026531836]").root(), false);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->inside);
  EXPECT_THAT(found->own_namespaces, IsEmpty());
}

TEST(ContainerLook, ProcessNumbersOfItsOwnMakeAContainer) {
  FakeRoot fake;
  const auto found =
      look_for_container(first_namespaces(fake).link("/proc/self/ns/pid", "pid:[4026532200]").root(), false);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->inside);
  EXPECT_THAT(found->own_namespaces, ElementsAre("pid"));
}

TEST(ContainerLook, AMarkAloneMakesNone) {
  FakeRoot fake;
  first_namespaces(fake).link("/proc/self/ns/pid", "pid:[4026531836]").file("/.dockerenv", "");
  const auto found = look_for_container(fake.root(), false);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->inside);
  EXPECT_THAT(found->marks, ElementsAre("/.dockerenv"));
}

TEST(ContainerLook, AMarkAndAnotherNamespaceMakeOne) {
  FakeRoot fake;
  fake.link("/proc/self/ns/pid", "pid:[4026531836]").link("/proc/self/ns/cgroup", "cgroup:[4026532300]");
  fake.file("/proc/1/environ", std::string("PATH=/bin\0container=podman\0", 27));
  const auto found = look_for_container(fake.root(), false);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->inside);
  EXPECT_THAT(found->own_namespaces, ElementsAre("cgroup"));
  EXPECT_THAT(found->marks, ElementsAre("container= in the environment of process 1"));
}

TEST(ContainerLook, WithoutProcNobodyKnows) {
  const auto found = look_for_container(FakeRoot().root(), false);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "cannot read /proc/self/ns/pid: No such file or directory");
}

TEST(ContainerLook, GvisorIsOneWhateverProcSays) {
  const auto found = look_for_container(FakeRoot().root(), true);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->inside);
}

} // namespace
} // namespace kif::host
