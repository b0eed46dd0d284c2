// SPDX-License-Identifier: Apache-2.0
// The whole of a live verification with a runtime of the test's own: which containers are run, and how.
#include "verify/live.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "samples.h"
#include "verify/openssl_jobs.h"

namespace kif::verify {
namespace {

std::string probe_lines(bool draws) {
  const std::string outcome = draws ? "pass" : "fail";
  const std::string count = std::to_string(required_steps().size());
  std::string lines;
  for (const std::string_view step : required_steps())
    lines += R"({"schema":1,"step":")" + std::string(step) + R"(","outcome":")" + outcome + R"(","evidence":"e"})" +
             "\n";
  return lines + R"({"schema":1,"step":"summary","outcome":")" + outcome + R"(","passed":)" + (draws ? count : "0") +
         R"(,"failed":)" + (draws ? "0" : count) + R"(,"could_not_check":0})" + "\n";
}

std::string state_lines(bool secure) {
  std::string lines;
  for (const char* step : {"libcrypto", "configuration", "fips-properties", "providers", "seed-origin", "refuse-md5"})
    lines += R"({"schema":1,"step":")" + std::string(step) + R"(","outcome":"pass","evidence":"e"})" + "\n";
  return R"({"schema":1,"step":"secure-execution","outcome":")" + std::string(secure ? "pass" : "could-not-check") +
         R"(","evidence":"e"})" + "\n" + lines + R"({"schema":1,"step":"summary","outcome":"pass","passed":)" +
         (secure ? "7" : "6") + R"(,"failed":0,"could_not_check":)" + (secure ? "0" : "1") + "}\n";
}

std::string java_lines() {
  return R"({"schema":1,"step":"generator","outcome":"pass","evidence":"DEFAULT of BCFIPS"})"
         "\n"
         R"({"schema":1,"step":"summary","outcome":"pass","passed":1,"failed":0,"could_not_check":0})"
         "\n";
}

/// Answers as a hardened image's programs would; the stock configuration draws only where nothing is denied.
class FakeRunner final : public Runner {
public:
  TempDir folder = TempDir::create("kif-test-").value();
  std::vector<watch::Container> containers;
  std::vector<watch::Container> attended; ///< of the image's own program
  std::string input;
  bool client_fails = false;
  bool grants_rights = true; ///< to the programs that ask for them

  Result<watch::RunResult> run(const watch::Container& container, const std::string&, std::chrono::milliseconds,
                               int stop_fd) override {
    {
      const std::lock_guard guard(m_lock);
      containers.push_back(container);
    }
    watch::RunResult result;
    if (container.mode == watch::Mode::trace) {
      result.trace.started = true;
      result.trace.notifications = 1;
      if (is_control(container))
        result.trace.events.push_back(sample_event(48, 0, false));
    }
    if (container.arguments.back() == "/.kif/probe")
      result.out = probe_lines(!is_control(container) || container.mode == watch::Mode::trace);
    else if (container.arguments.back() == "--state")
      result.out = state_lines(grants_rights && container.binds.back().grants_rights);
    else if (container.arguments.back() == "kif.probe.JavaProbe")
      result.out = java_lines();
    else
      return answer_openssl(container, std::move(result), stop_fd);
    return result;
  }
  Result<std::filesystem::path> make_folder() override {
    const auto path = folder.path() / std::to_string(++m_folders);
    std::filesystem::create_directory(path);
    return path;
  }
  Result<watch::RunResult> attend(const watch::Container& container, const std::string& standard_input,
                                  const watch::Attendance&) override {
    const std::lock_guard guard(m_lock);
    attended.push_back(container);
    input = standard_input;
    watch::RunResult result;
    result.trace.started = container.mode == watch::Mode::trace;
    if (is_control(container))
      result.trace.events.push_back(sample_event(48, 0, false));
    return result;
  }
  static bool is_control(const watch::Container& container) {
    return std::ranges::any_of(container.binds,
                               [](const watch::BindMount& bind) { return bind.destination == k_layer_config; });
  }

private:
  Result<watch::RunResult> answer_openssl(const watch::Container& container, watch::RunResult result, int stop_fd) {
    const std::string& command = container.arguments[1];
    if (command == "rand")
      result.out = std::string(63, 'a') + std::to_string(m_draws++ % 10) + "\n"; // no two alike
    else if (command == "genpkey" || command == "genrsa")
      result.out = "-----BEGIN PRIVATE KEY-----\n";
    else if (command == "s_server") {
      std::ofstream(container.binds[0].source / "socket") << "";
      pollfd wait{stop_fd, POLLIN, 0};
      if (client_fails && ::poll(&wait, 1, 20'000) == 1) // nobody comes
        return fail(ErrorCode::process, "cannot finish the container: stopped by kif");
    } else if (command == "s_client") {
      if (client_fails) {
        result.exit_code = 1;
        result.err = "handshake failure\n";
      } else {
        result.out = "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\nServer Temp Key: ECDH, prime256v1, 256 "
                     "bits\nHTTP/1.0 200 ok\n";
      }
    }
    return result;
  }

  std::mutex m_lock;
  std::atomic<int> m_folders{0};
  std::atomic<int> m_draws{0};
};

class LiveTest : public testing::Test {
protected:
  TempDir root = TempDir::create("kif-test-").value();
  Subject subject;
  FakeRunner runner;

  void SetUp() override {
    subject.image = "oci:x:y";
    subject.root = root.path();
    subject.environment = {"PATH=/opt/bin:/usr/bin", "OPENSSL_CONF=/etc/kif/openssl.cnf",
                           "OPENSSL_MODULES=/usr/lib/kif/modules"};
    subject.entrypoint = {k_layer_init, "--", "/bin/app"};
    put(k_layer_provider, "p");
    put(k_layer_config, "[fips]\nmodule = /usr/lib/kif/kif-fips.so\nkif-module = /usr/lib/kif/fips.so\n");
    put("/usr/bin/openssl", "elf");
    std::filesystem::permissions(root.path() / "usr/bin/openssl", std::filesystem::perms::owner_all);
  }
  void put(const std::string& path, const std::string& content) {
    const auto file = root.path() / path.substr(1);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }
  Result<Report> verify(unsigned lanes = 2) {
    return verify_live(subject, runner, {.probe = "/payload/kif-probe", .lanes = lanes});
  }
  static Outcome outcome(const Report& report, const std::string& id) {
    const auto found = std::ranges::find(report.findings, id, &Finding::id);
    EXPECT_NE(found, report.findings.end()) << id;
    return found == report.findings.end() ? Outcome::could_not_check : found->outcome;
  }
};

TEST_F(LiveTest, EverythingIsRunInAllThreeWays) {
  const Report report = verify().value();
  // Probe and control, rand, genpkey, genrsa, and for TLS req, s_server and s_client; with an empty environment under
  // both denials. There is no such file as the probe here, so no copy of it gains rights.
  EXPECT_EQ(runner.containers.size(), 3U * (2 + 3 + 3) + 2);
  EXPECT_EQ(report.runs.size(), 3U * (2 + 4) + 2);
  for (const char* id :
       {"LIVE-DENY-START", "LIVE-PROBE-STEPS", "LIVE-DENY-RAND-BYTES", "LIVE-DENY-OPENSSL-RAND",
        "LIVE-DENY-OPENSSL-GENPKEY-EC", "LIVE-DENY-OPENSSL-GENRSA", "LIVE-DENY-OPENSSL-TLS", "LIVE-DENY-EMPTY-ENVIRONMENT", "LIVE-TRACE-RUN",
        "LIVE-TRACE-GETRANDOM", "LIVE-TRACE-DEVICES", "LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE"})
    EXPECT_EQ(outcome(report, id), Outcome::pass) << id;
}

TEST_F(LiveTest, TheImagesOwnProgramIsRunInEveryWay) {
  LiveOptions options{.probe = "/payload/kif-probe", .lanes = 2};
  options.workload = workload_of(subject, {.standard_input = "in"}).value();
  const Report report = verify_live(subject, runner, options).value();
  EXPECT_EQ(runner.attended.size(), 5U);
  EXPECT_EQ(runner.input, "in");
  for (const char* id : {"LIVE-WORKLOAD-DENY", "LIVE-WORKLOAD-TRACE", "LIVE-WORKLOAD-ASKED",
                         "LIVE-WORKLOAD-CONFIGURATION"})
    EXPECT_EQ(outcome(report, id), Outcome::pass) << id;
  std::vector<std::string> modes;
  for (const WorkloadSummary::Run& run : report.workload.runs) {
    EXPECT_EQ(run.ended, "by-itself");
    modes.push_back(run.mode);
  }
  EXPECT_EQ(modes, (std::vector<std::string>{"trace", "deny ENOSYS", "deny EPERM", "deny unanswered",
                                             "control, trace"}));
  EXPECT_EQ(report.runs.size(), 3U * (2 + 4) + 2 + 5);
  EXPECT_EQ(report.runs.back().name, "workload");
  EXPECT_EQ(report.workload.not_run, "");
}

TEST_F(LiveTest, EachJavaIsProbedUnderBothDenials) {
  put("/opt/java/bin/java", "elf");
  subject.cryptography.javas = {"/opt/java"};
  subject.environment.emplace_back("JAVA_TOOL_OPTIONS=-XX:VMOptionsFile=/etc/kif/java.options");
  EXPECT_EQ(outcome(verify().value(), "LIVE-JAVA-START"), Outcome::could_not_check); // without a probe's classes
  runner.containers.clear();
  const Report report =
      verify_live(subject, runner, {.probe = "/payload/kif-probe", .java_probe = "/payload/java-probe"}).value();
  EXPECT_EQ(std::ranges::count_if(runner.containers,
                                  [](const watch::Container& container) {
                                    return container.arguments.front() == "/opt/java/bin/java" &&
                                           container.mode == watch::Mode::deny && container.read_only_root;
                                  }),
            2);
  EXPECT_EQ(outcome(report, "LIVE-JAVA-START"), Outcome::pass);
  EXPECT_EQ(outcome(report, "LIVE-JAVA-GENERATOR"), Outcome::pass);
  EXPECT_EQ(outcome(report, "LIVE-JAVA-MODULE"), Outcome::could_not_check); // a step that the lines lack
}

TEST_F(LiveTest, WhatIsNotRunIsSaidAndDoesNotPass) {
  const Report report = verify().value();
  EXPECT_EQ(report.workload.not_run, "it was not wanted (--probe-only)");
  EXPECT_EQ(outcome(report, "LIVE-WORKLOAD-DENY"), Outcome::could_not_check);
  EXPECT_TRUE(runner.attended.empty());
  LiveOptions options{.probe = "/payload/kif-probe"};
  options.workload = Workload{};
  EXPECT_EQ(verify_live(subject, runner, options)->workload.not_run,
            "the image names none; a command after -- is run in its place");
}

TEST_F(LiveTest, TheOrderOfTheRunsDoesNotDependOnTheLanes) {
  const auto names = [](const Report& report) {
    std::vector<std::string> all;
    for (const RunSummary& run : report.runs)
      all.push_back(run.name + " " + run.mode);
    return all;
  };
  EXPECT_EQ(names(verify(1).value()), names(verify(4).value()));
}

TEST_F(LiveTest, ContainersFindTheImageAsItWas) {
  ASSERT_TRUE(verify());
  for (const watch::Container& container : runner.containers) {
    EXPECT_TRUE(container.read_only_root);
    EXPECT_NE(container.mode, watch::Mode::plain);
  }
}

TEST_F(LiveTest, TheProbeStartsThroughKifInitAndTheControlDoesNot) {
  ASSERT_TRUE(verify());
  for (const watch::Container& container : runner.containers) {
    if (container.arguments.back() != "/.kif/probe")
      continue;
    const bool is_control = FakeRunner::is_control(container);
    EXPECT_EQ(container.arguments.front(), is_control ? "/.kif/probe" : k_layer_init);
    const auto& environment = container.environment;
    const bool shim = std::ranges::find(environment, "OPENSSL_MODULES=/usr/lib/kif/modules") != environment.end();
    EXPECT_EQ(shim, !is_control);
  }
}

TEST_F(LiveTest, AnEmptyEnvironmentIsEmptyAndStartsWithoutKifInit) {
  ASSERT_TRUE(verify());
  int seen = 0;
  for (const watch::Container& container : runner.containers)
    if (container.arguments == std::vector<std::string>{"/.kif/probe", "--state"}) {
      ++seen;
      EXPECT_TRUE(container.environment.empty());
      EXPECT_EQ(container.mode, watch::Mode::deny);
      EXPECT_FALSE(container.binds.back().grants_rights);
    }
  EXPECT_EQ(seen, 2);
}

TEST_F(LiveTest, RightsAreGainedByCopiesOfTheProbe) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can make programs that gain rights";
  put("/payload/kif-probe", "elf");
  const auto verified = [&] {
    return verify_live(subject, runner, {.probe = root.path() / "payload/kif-probe", .lanes = 1}).value();
  };
  const Report report = verified();
  std::vector<std::string> kinds;
  for (const watch::Container& container : runner.containers) {
    if (container.arguments.back() != "--state" || !container.binds.back().grants_rights)
      continue;
    const auto& file = container.binds.back().source;
    EXPECT_EQ(container.environment, subject.environment);
    EXPECT_EQ(read_file(file, 10).value(), "elf");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    const bool is_setuid = (status.st_mode & S_ISUID) != 0;
    // Nobody's, started by root; or started by nobody, with a capability of its own.
    EXPECT_EQ(status.st_uid, is_setuid ? 65534U : 0U);
    EXPECT_EQ(container.user.uid, is_setuid ? 0U : 65534U);
    EXPECT_EQ(::getxattr(file.c_str(), "security.capability", nullptr, 0), is_setuid ? -1 : 20);
    kinds.emplace_back(is_setuid ? "setuid" : "capability");
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"capability", "capability", "setuid", "setuid"}));
  EXPECT_EQ(outcome(report, "LIVE-DENY-FILE-CAPABILITY"), Outcome::pass);
  EXPECT_EQ(outcome(report, "LIVE-DENY-SETUID"), Outcome::pass);

  runner.grants_rights = false; // a kernel or an engine that takes them away
  EXPECT_EQ(outcome(verified(), "LIVE-DENY-FILE-CAPABILITY"), Outcome::could_not_check);
  EXPECT_EQ(outcome(verified(), "LIVE-DENY-SETUID"), Outcome::could_not_check);
  EXPECT_EQ(outcome(verified(), "LIVE-DENY-EMPTY-ENVIRONMENT"), Outcome::pass);
}

TEST_F(LiveTest, WithoutSuchACopyThereIsNoAnswerAndStillAVerdict) {
  const Report report = verify().value(); // the probe cannot be copied here
  for (const char* id : {"LIVE-DENY-FILE-CAPABILITY", "LIVE-DENY-SETUID"}) {
    const auto found = std::ranges::find(report.findings, id, &Finding::id);
    ASSERT_NE(found, report.findings.end());
    EXPECT_EQ(found->outcome, Outcome::could_not_check);
    EXPECT_FALSE(found->essential);
    EXPECT_EQ(found->evidence.size(), 1U);
  }
}

TEST_F(LiveTest, TheControlGetsTheStockConfiguration) {
  ASSERT_TRUE(verify(1));
  const auto control = std::ranges::find_if(runner.containers, FakeRunner::is_control);
  ASSERT_NE(control, runner.containers.end());
  EXPECT_EQ(read_file(control->binds[0].source, 1000).value(), "\n[fips]\nmodule = /usr/lib/kif/fips.so\n");
}

TEST_F(LiveTest, AnImageWithoutTheLayerIsRunAsItIs) {
  std::filesystem::remove_all(root.path() / "usr/lib/kif");
  subject.entrypoint = {"/bin/app"};
  const Report report = verify().value();
  EXPECT_EQ(report.started_through, "no entrypoint of kif's");
  EXPECT_TRUE(std::ranges::none_of(runner.containers, FakeRunner::is_control));
  // This fake draws under denial without kif: then the denial itself shows nothing.
  EXPECT_EQ(outcome(report, "LIVE-CONTROL-DENY"), Outcome::could_not_check);
  EXPECT_EQ(report.verdict(), Outcome::could_not_check);
}

TEST_F(LiveTest, ALayerWithoutItsModuleLineHasNoControl) {
  put(k_layer_config, "[x]\ny = z\n");
  const Report report = verify().value();
  EXPECT_EQ(outcome(report, "LIVE-CONTROL-DENY"), Outcome::could_not_check);
}

TEST_F(LiveTest, AClientThatFailsEndsItsServer) {
  runner.client_fails = true;
  EXPECT_EQ(outcome(verify().value(), "LIVE-DENY-OPENSSL-TLS"), Outcome::fail);
}

TEST_F(LiveTest, TheCommandIsFoundByTheImagesOwnPath) {
  EXPECT_EQ(find_in_image(subject, "openssl"), "/usr/bin/openssl");
  put("/opt/bin/openssl", "elf"); // not executable
  EXPECT_EQ(find_in_image(subject, "openssl"), "/usr/bin/openssl");
  std::filesystem::permissions(root.path() / "opt/bin/openssl", std::filesystem::perms::owner_all);
  EXPECT_EQ(find_in_image(subject, "openssl"), "/opt/bin/openssl");
  EXPECT_EQ(find_in_image(subject, "no-such"), "");
}

} // namespace
} // namespace kif::verify
