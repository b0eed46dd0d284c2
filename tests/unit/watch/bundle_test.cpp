// SPDX-License-Identifier: Apache-2.0
#include "watch/bundle.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "golden.h"
#include "watch/seccomp_profile.h"

namespace kif::watch {
namespace {

using Json = nlohmann::ordered_json;

Container sample() {
  Container container;
  container.root = "/images/app";
  container.arguments = {"/usr/bin/app", "--port", "8443"};
  container.environment = {"LANG=C.UTF-8"};
  container.working_directory = "/srv";
  container.user = {1000, 1000, {27, 44}};
  container.read_only_root = true;
  container.binds = {{"/payload/kif-probe", "/.kif/probe", true}, {"/run/work", "/.kif/work", false}};
  container.tmpfs = {"/tmp"};
  return container;
}

Json config_of(const Container& container, const Host& host) {
  const Json devices = Json::array({Json{{"destination", "/dev"}, {"type", "bind"}, {"source", "/bundle/dev"}}});
  return runtime_config(container, host, devices, "/bundle/hosts", "/bundle/listener");
}

TEST(BundleTest, TheConfigurationOfADenialIsTheGoldenOne) {
  Container container = sample();
  container.mode = Mode::deny;
  const std::string config = config_of(container, Host{0, 0}).dump(2) + "\n";
  EXPECT_EQ(config, golden(KIF_GOLDEN_DIR "/deny.json", config));
}

TEST(BundleTest, TheConfigurationOfARootlessTraceIsTheGoldenOne) {
  Container container = sample();
  container.mode = Mode::trace;
  ASSERT_TRUE(fit_user(container, Host{1001, 1002}));
  const std::string config = config_of(container, Host{1001, 1002}).dump(2) + "\n";
  EXPECT_EQ(config, golden(KIF_GOLDEN_DIR "/rootless-trace.json", config));
}

TEST(BundleTest, PlainModeHasNoSeccompPart) {
  EXPECT_FALSE(config_of(sample(), Host{0, 0})["linux"].contains("seccomp"));
}

TEST(BundleTest, NoContainerCanMakeDeviceNodes) {
  for (const Mode mode : {Mode::plain, Mode::deny, Mode::trace}) {
    Container container = sample();
    container.mode = mode;
    EXPECT_EQ(config_of(container, Host{0, 0})["process"]["capabilities"].dump().find("MKNOD"), std::string::npos);
  }
}

TEST(BundleTest, WithoutCapabilitiesEverySetIsEmpty) {
  Container container = sample();
  container.capabilities = false;
  for (const auto& set : config_of(container, Host{0, 0})["process"]["capabilities"])
    EXPECT_TRUE(set.empty());
}

TEST(BundleTest, TheImagesOwnPathIsKept) {
  Container container = sample();
  container.environment = {"PATH=/opt/bin"};
  EXPECT_EQ(config_of(container, Host{0, 0})["process"]["env"], Json::array({"PATH=/opt/bin"}));
}

TEST(BundleTest, ARootlessRuntimeStandsInForAnotherUserWithoutCapabilities) {
  Container container = sample();
  const auto note = fit_user(container, Host{1001, 1001});
  ASSERT_TRUE(note);
  EXPECT_EQ(*note, "user 1000:1000 runs as 0:0 without capabilities: a rootless runtime has no other user to give");
  EXPECT_EQ(container.user.uid, 0U);
  EXPECT_FALSE(container.capabilities);

  Container root = sample();
  root.user = {};
  EXPECT_FALSE(fit_user(root, Host{1001, 1001}));
  Container any = sample();
  EXPECT_FALSE(fit_user(any, Host{0, 0}));
  EXPECT_EQ(any.user.uid, 1000U);
}

TEST(SeccompProfileTest, ADenialGivesTheChosenError) {
  const auto enosys = *seccomp_profile(Mode::deny, Denial::enosys, "");
  const auto eperm = *seccomp_profile(Mode::deny, Denial::eperm, "");
  EXPECT_EQ(enosys["syscalls"][0]["names"], Json::array({"getrandom"}));
  EXPECT_EQ(enosys["syscalls"][0]["errnoRet"], 38);
  EXPECT_EQ(eperm["syscalls"][0]["errnoRet"], 1);
  EXPECT_EQ(enosys["defaultAction"], "SCMP_ACT_ALLOW");
}

TEST(SeccompProfileTest,
     ATraceAsksForWriteNever) { // runc refuses a notification for write: it writes after loading the filter
  const auto names = (*seccomp_profile(Mode::trace, Denial::enosys, "/l"))["syscalls"][0]["names"];
  EXPECT_EQ(std::ranges::find(names, Json("write")), names.end());
  EXPECT_NE(std::ranges::find(names, Json("getrandom")), names.end());
}

} // namespace
} // namespace kif::watch
