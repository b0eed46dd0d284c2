// SPDX-License-Identifier: Apache-2.0
#include "watch/bundle.h"

#include <algorithm>
#include <set>

#include <sys/socket.h>

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

bool refuses(const Json& profile, const char* call) {
  return std::ranges::any_of(profile["syscalls"], [call](const Json& rule) {
    return rule["action"] == "SCMP_ACT_ERRNO" && !rule.contains("args") &&
           std::ranges::find(rule["names"], Json(call)) != rule["names"].end();
  });
}

TEST(BundleTest, InEveryModeIsRefusedWhatEnginesRefuse) {
  for (const Mode mode : {Mode::plain, Mode::deny, Mode::trace, Mode::refused}) {
    Container container = sample();
    container.mode = mode;
    const Json profile = config_of(container, Host{0, 0})["linux"]["seccomp"];
    for (const char* call : {"mount", "unshare", "setns", "keyctl", "bpf", "init_module", "perf_event_open", "clone3"})
      EXPECT_TRUE(refuses(profile, call)) << call;
    EXPECT_FALSE(refuses(profile, "clone")) << "threads and children are made by it";
    EXPECT_EQ(refuses(profile, "getrandom"), mode == Mode::deny);
    container.unconfined = true;
    const Json open = config_of(container, Host{0, 0})["linux"]["seccomp"];
    EXPECT_FALSE(refuses(open, "unshare"));
    EXPECT_EQ(refuses(open, "getrandom"), mode == Mode::deny) << "the denial stays";
  }
}

TEST(BundleTest, BoundsAreControlGroupsOrThoseOfEachProcess) {
  Container container = sample();
  container.bounds = {.memory_bytes = 1 << 30, .processes = 100};
  const Json bound = config_of(container, {.has_control_groups = true});
  EXPECT_EQ(bound["linux"]["resources"]["memory"]["limit"], 1 << 30);
  EXPECT_FALSE(bound["linux"]["resources"]["memory"].contains("swap")) << "the runtime would not start it";
  EXPECT_EQ(bound["linux"]["resources"]["pids"]["limit"], 100);
  const Json with_swap = config_of(container, {.has_control_groups = true, .counts_swap = true});
  EXPECT_EQ(with_swap["linux"]["resources"]["memory"]["swap"], 1 << 30) << "of both together";
  EXPECT_TRUE(bound["process"]["rlimits"].empty());
  EXPECT_FALSE(loose_bounds(container, {.has_control_groups = true}));

  const Json root = config_of(container, Host{0, 0});
  EXPECT_FALSE(root["linux"].contains("resources")) << "the runtime would not start it";
  EXPECT_EQ(root["process"]["rlimits"].dump(), R"([{"type":"RLIMIT_DATA","hard":1073741824,"soft":1073741824}])");
  EXPECT_EQ(
      loose_bounds(container, Host{0, 0}),
      "the container's memory was bounded for each process alone, and what processes share not at all; the number "
      "of its processes was not bounded: kif can make no control groups here");

  const Json rootless = config_of(container, Host{1001, 1002});
  EXPECT_EQ(rootless["process"]["rlimits"][1].dump(), R"({"type":"RLIMIT_NPROC","hard":100,"soft":100})");
  EXPECT_EQ(
      loose_bounds(container, Host{1001, 1002}),
      "the container's memory was bounded for each process alone, and what processes share not at all: an ordinary "
      "user has no control groups");
  EXPECT_FALSE(loose_bounds(sample(), Host{0, 0})) << "nothing was to be bounded";
}

TEST(BundleTest, ALayerToWriteToIsMountedBeforeAllElse) {
  Container container = sample();
  container.writable = WritableLayer{"/run"};
  const Json mount = config_of(container, Host{0, 0})["mounts"][0];
  EXPECT_EQ(mount.dump(), R"({"destination":"/","type":"overlay","source":"overlay","options":["lowerdir=/images/app",)"
                          R"("upperdir=/run/upper","workdir=/run/work"]})");
  EXPECT_EQ(config_of(container, Host{1001, 1002})["mounts"][0]["options"].back(), "userxattr");
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

TEST(BundleTest, AMountGrantsRightsOnlyWhereItIsAskedTo) {
  Container container = sample();
  container.binds = {{"/host/a", "/a"}, {.source = "/host/b", .destination = "/b", .grants_rights = true}};
  const Json mounts = config_of(container, Host{0, 0})["mounts"];
  for (const auto& [destination, options] :
       {std::pair("/a", Json{"bind", "ro", "nosuid", "nodev"}), {"/b", Json{"bind", "ro", "nodev"}}}) {
    const auto found =
        std::ranges::find_if(mounts, [&](const Json& mount) { return mount["destination"] == destination; });
    ASSERT_NE(found, mounts.end());
    EXPECT_EQ((*found)["options"], options);
  }
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
  const auto enosys = seccomp_profile(Mode::deny, Denial::enosys, false, "");
  const auto eperm = seccomp_profile(Mode::deny, Denial::eperm, false, "");
  EXPECT_EQ(enosys["syscalls"][0]["names"], Json::array({"getrandom"}));
  EXPECT_EQ(enosys["syscalls"][0]["errnoRet"], 38);
  EXPECT_EQ(eperm["syscalls"][0]["errnoRet"], 1);
  EXPECT_EQ(enosys["defaultAction"], "SCMP_ACT_ALLOW");
}

TEST(SeccompProfileTest, ADenialComparesWhatTheKernelReads) { // an int, of the 64 bits that a filter sees
  const auto profile = seccomp_profile(Mode::deny, Denial::enosys, false, "");
  std::set<int> families;
  for (const Json& rule : profile["syscalls"]) {
    if (!rule.contains("args"))
      continue;
    EXPECT_EQ(rule["args"][0]["op"], "SCMP_CMP_MASKED_EQ");
    if (rule["names"][0] == "clone") {
      EXPECT_EQ(rule["args"][0]["value"], rule["args"][0]["valueTwo"]) << "one bit, whatever the others";
      continue;
    }
    EXPECT_EQ(rule["args"][0]["value"], 0xffffffffU);
    families.insert(rule["names"][0] == "socketcall" ? -1 : rule["args"][0]["valueTwo"].get<int>());
  }
  EXPECT_EQ(families, (std::set{-1, AF_ALG, AF_VSOCK}));
}

TEST(SeccompProfileTest,
     ATraceAsksForWriteNever) { // runc refuses a notification for write: it writes after loading the filter
  const auto names = seccomp_profile(Mode::trace, Denial::enosys, false, "/l")["syscalls"][0]["names"];
  EXPECT_EQ(std::ranges::find(names, Json("write")), names.end());
  EXPECT_NE(std::ranges::find(names, Json("getrandom")), names.end());
}

} // namespace
} // namespace kif::watch
