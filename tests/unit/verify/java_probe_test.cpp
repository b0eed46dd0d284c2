// SPDX-License-Identifier: Apache-2.0
#include "verify/java_probe.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::verify {
namespace {

using testing::ElementsAre;

constexpr std::array k_names = {"runtime", "providers",  "generator",       "module",    "seed-origin",
                                "native",  "strong",     "drawn-bytes",     "sha-256",   "tls",
                                "stores",  "refuse-md5", "refuse-hmac-md5", "refuse-des"};

class JavaFindingsTest : public testing::Test {
protected:
  LiveResults results;

  void SetUp() override { results.javas = {good("/opt/java")}; }

  static JavaStart good(const std::string& home) {
    JavaStart start{.home = home};
    for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
      for (const char* name : k_names)
        of(start.runs, mode).output.steps.push_back({name, Outcome::pass, "as it must be"});
      of(start.runs, mode).output.complete = true;
    }
    return start;
  }

  static ProbeStep& step(JavaStart& start, ProbeMode mode, std::string_view name) {
    return *std::ranges::find(of(start.runs, mode).output.steps, name, &ProbeStep::name);
  }

  Finding find(const std::string& id) {
    for (Finding& finding : java_findings(results))
      if (finding.id == id)
        return finding;
    return {.id = "none", .title = "none"};
  }
};

TEST_F(JavaFindingsTest, AnImageWithoutJavaHasNone) {
  results.javas.clear();
  EXPECT_TRUE(java_findings(results).empty());
}

TEST_F(JavaFindingsTest, AGoodRuntimePassesEachStep) {
  const std::vector<Finding> findings = java_findings(results);
  ASSERT_EQ(findings.size(), 1 + k_names.size());
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.outcome, Outcome::pass) << finding.id;
    EXPECT_TRUE(finding.essential) << finding.id;
    EXPECT_EQ(finding.kind, Kind::measured) << finding.id;
  }
  EXPECT_THAT(find("LIVE-JAVA-START").evidence, ElementsAre("/opt/java: 14 steps"));
  EXPECT_THAT(find("LIVE-JAVA-GENERATOR").evidence, ElementsAre("/opt/java: as it must be"));
}

TEST_F(JavaFindingsTest, OneRuntimeThatFailsUnderOneDenialFailsTheStep) {
  results.javas.push_back(good("/opt/other"));
  step(results.javas[1], ProbeMode::deny_eperm, "generator") = {"generator", Outcome::fail, "it is SUN's"};
  EXPECT_EQ(find("LIVE-JAVA-GENERATOR").outcome, Outcome::fail);
  EXPECT_THAT(find("LIVE-JAVA-GENERATOR").evidence,
              ElementsAre("/opt/java: as it must be", "/opt/other: deny ENOSYS: as it must be",
                          "/opt/other: deny EPERM: it is SUN's"));
  EXPECT_EQ(find("LIVE-JAVA-MODULE").outcome, Outcome::pass);
}

TEST_F(JavaFindingsTest, AStepThatIsAbsentIsNotPassed) {
  std::erase_if(of(results.javas[0].runs, ProbeMode::deny_enosys).output.steps,
                [](const ProbeStep& one) { return one.name == "native"; });
  EXPECT_EQ(find("LIVE-JAVA-NATIVE").outcome, Outcome::could_not_check);
  of(results.javas[0].runs, ProbeMode::deny_eperm).output = {};
  of(results.javas[0].runs, ProbeMode::deny_eperm).result.exit_code = 1;
  EXPECT_EQ(find("LIVE-JAVA-START").outcome, Outcome::could_not_check);
  EXPECT_EQ(find("LIVE-JAVA-TLS").outcome, Outcome::could_not_check);
}

TEST_F(JavaFindingsTest, Md5OfSunIsAChoiceWhereTheLayerSaysSo) {
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    step(results.javas[0], mode, "refuse-md5") = {"refuse-md5", Outcome::fail, "MD5 works: SUN has it"};
  EXPECT_EQ(find("LIVE-JAVA-REFUSE-MD5").outcome, Outcome::fail);
  results.compat = {"java-sun"};
  EXPECT_EQ(find("LIVE-JAVA-REFUSE-MD5").outcome, Outcome::pass);
  EXPECT_TRUE(find("LIVE-JAVA-REFUSE-MD5").by_choice);
  EXPECT_EQ(find("LIVE-JAVA-REFUSE-MD5").title, "MD5 works, by choice");
  // Another provider's MD5 was not chosen, nor is anything else.
  step(results.javas[0], ProbeMode::deny_eperm, "refuse-md5").evidence = "MD5 works: BC has it";
  EXPECT_EQ(find("LIVE-JAVA-REFUSE-MD5").outcome, Outcome::fail);
  EXPECT_FALSE(find("LIVE-JAVA-REFUSE-MD5").by_choice);
  step(results.javas[0], ProbeMode::deny_eperm, "refuse-des").outcome = Outcome::fail;
  EXPECT_EQ(find("LIVE-JAVA-REFUSE-DES").outcome, Outcome::fail);
}

TEST_F(JavaFindingsTest, WhatWasNotStartedIsNotPassed) {
  results.javas[0] = {.home = "/opt/app", .defect = "its bin/java cannot be opened"};
  const std::vector<Finding> findings = java_findings(results);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].outcome, Outcome::could_not_check);
  EXPECT_TRUE(findings[0].essential);
  EXPECT_THAT(findings[0].evidence, ElementsAre("/opt/app: its bin/java cannot be opened"));
}

TEST_F(JavaFindingsTest, MoreRuntimesThanAreProbedLeaveItOpen) {
  results.more_javas = true;
  EXPECT_EQ(find("LIVE-JAVA-START").outcome, Outcome::could_not_check);
}

TEST(JavaProbe, IsRunInEachRuntimeThatHasALauncher) {
  const TempDir root = TempDir::create("kif-test-").value();
  Subject subject;
  subject.root = root.path();
  subject.cryptography.javas = {"/opt/java", "/opt/app"};
  std::filesystem::create_directories(root.path() / "opt/java/bin");
  std::ofstream(root.path() / "opt/java/bin/java") << "elf";
  const std::vector<JavaStart> starts = java_starts(subject);
  ASSERT_EQ(starts.size(), 2U);
  EXPECT_EQ(starts[0].defect, "");
  EXPECT_NE(starts[1].defect, "");
  watch::Container container;
  set_up_java_probe(subject, starts[0], "/classes", container);
  EXPECT_THAT(container.arguments, ElementsAre("/opt/java/bin/java", "-cp", "/.kif/java-probe", "kif.probe.JavaProbe"));
  ASSERT_EQ(container.binds.size(), 1U);
  EXPECT_TRUE(container.binds[0].read_only);
  subject.cryptography.javas.assign(70, "/opt/java");
  EXPECT_EQ(java_starts(subject).size(), k_max_javas);
}

TEST(JavaProbe, WhatTheJvmWritesBesideItIsNoLineOfIts) {
  EXPECT_EQ(lines_of_java_probe(
                "[0.01s][info][gc] Using Serial\n{\"schema\":1,\"step\":\"tls\"}\nListening\n{\"schema\":1,\"step\":"),
            "{\"schema\":1,\"step\":\"tls\"}\n{\"schema\":1,\"step\":\n");
  EXPECT_EQ(lines_of_java_probe("no line"), "");
}

TEST(JavaProbe, IsStartedByKifInitWhereThatGivesTheOptions) {
  Subject subject;
  subject.entrypoint = {k_layer_init, "--"};
  subject.environment = {"JAVA_TOOL_OPTIONS=-Xmx64m"};
  watch::Container container;
  set_up_java_probe(subject, {.home = "/opt/java"}, "/classes", container);
  EXPECT_THAT(container.arguments,
              ElementsAre(k_layer_init, "--", "/opt/java/bin/java", "-cp", "/.kif/java-probe", "kif.probe.JavaProbe"));
  subject.environment = {"JAVA_TOOL_OPTIONS=-XX:VMOptionsFile=/etc/kif/java.options -Xmx64m"};
  set_up_java_probe(subject, {.home = "/opt/java"}, "/classes", container);
  EXPECT_EQ(container.arguments.front(), "/opt/java/bin/java");
  // Not the option, though it has its letters.
  subject.environment = {"JAVA_TOOL_OPTIONS=-Dx=-XX:VMOptionsFile=/etc/kif/java.options"};
  set_up_java_probe(subject, {.home = "/opt/java"}, "/classes", container);
  EXPECT_EQ(container.arguments.front(), k_layer_init);
  subject.entrypoint = {"/bin/app"};
  subject.environment = {};
  set_up_java_probe(subject, {.home = "/opt/java"}, "/classes", container);
  EXPECT_EQ(container.arguments.front(), "/opt/java/bin/java");
}

} // namespace
} // namespace kif::verify
