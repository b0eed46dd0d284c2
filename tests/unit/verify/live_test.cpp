// SPDX-License-Identifier: Apache-2.0
// The whole of a live verification with a runtime of the test's own: which containers are run, and how.
#include "verify/live.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <gtest/gtest.h>
#include <poll.h>

#include "samples.h"
#include "verify/openssl_jobs.h"

namespace kif::verify {
namespace {

std::string probe_lines(bool draws) {
  const std::string outcome = draws ? "pass" : "fail";
  return R"({"schema":1,"step":"rand-bytes","outcome":")" + outcome + R"(","evidence":"e"})" + "\n" +
         R"({"schema":1,"step":"rand-priv-bytes","outcome":")" + outcome + R"(","evidence":"e"})" + "\n" +
         R"({"schema":1,"step":"summary","outcome":")" + outcome + R"(","passed":)" + (draws ? "2" : "0") +
         R"(,"failed":)" + (draws ? "0" : "2") + R"(,"could_not_check":0})" + "\n";
}

/// Answers as a hardened image's programs would; the stock configuration draws only where nothing is denied.
class FakeRunner final : public Runner {
public:
  TempDir folder = TempDir::create("kif-test-").value();
  std::vector<watch::Container> containers;
  bool stop = false;
  bool client_fails = false;

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
    else
      return answer_openssl(container, std::move(result), stop_fd);
    return result;
  }
  bool stopped() const override { return stop; }
  Result<std::filesystem::path> make_folder() override {
    const auto path = folder.path() / std::to_string(++m_folders);
    std::filesystem::create_directory(path);
    return path;
  }
  static bool is_control(const watch::Container& container) {
    return std::ranges::any_of(container.binds,
                               [](const watch::BindMount& bind) { return bind.destination == k_layer_config; });
  }

private:
  Result<watch::RunResult> answer_openssl(const watch::Container& container, watch::RunResult result, int stop_fd) {
    const std::string& command = container.arguments[1];
    if (command == "rand")
      result.out = std::string(64, 'a') + "\n";
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
  // Probe and control, rand, genpkey, genrsa, and for TLS req, s_server and s_client.
  EXPECT_EQ(runner.containers.size(), 3U * (2 + 3 + 3));
  EXPECT_EQ(report.runs.size(), 3U * (2 + 4));
  for (const char* id :
       {"LIVE-DENY-START", "LIVE-DENY-RAND-BYTES", "LIVE-DENY-OPENSSL-RAND", "LIVE-DENY-OPENSSL-GENPKEY-EC",
        "LIVE-DENY-OPENSSL-GENRSA", "LIVE-DENY-OPENSSL-TLS", "LIVE-TRACE-RUN", "LIVE-TRACE-GETRANDOM",
        "LIVE-TRACE-DEVICES", "LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE"})
    EXPECT_EQ(outcome(report, id), Outcome::pass) << id;
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

TEST_F(LiveTest, AStoppedVerificationHasNoReport) {
  runner.stop = true;
  const auto report = verify();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::process);
  EXPECT_TRUE(runner.containers.empty());
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
