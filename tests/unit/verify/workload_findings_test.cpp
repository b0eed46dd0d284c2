// SPDX-License-Identifier: Apache-2.0
#include "verify/workload_findings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "samples.h"

namespace kif::verify {
namespace {

constexpr const char* k_ready = R"({"schema":1,"program":"kif-init","state":"ready","catch_all":{"state":"on"}})"
                                "\nhello\n";

/// A service that is ready, answers its one client, and stays up until it is stopped, in each way.
class WorkloadFindingsTest : public testing::Test {
protected:
  WorkloadResults results;

  void SetUp() override {
    results.has_layer = true;
    results.probed = {"OPENSSL_CONF=/etc/kif/openssl.cnf", "OPENSSL_MODULES=/usr/lib/kif/modules"};
    results.workload.arguments = {k_layer_init, "--", "/bin/app"};
    results.workload.attendance.ready_port = 80;
    results.workload.attendance.exercises = {"curl"};
    for (const WorkloadMode mode : workload_modes(results.workload, true)) {
      WorkloadRun run{.mode = mode};
      run.result.trace.started = mode == WorkloadMode::trace || mode == WorkloadMode::control;
      run.result.attended = {.ready = true, .stopped = true, .exercises = {{"curl", {}, 0, "hello\n"}}};
      results.runs.push_back(std::move(run));
    }
    of(WorkloadMode::unanswered).result.err = k_ready;
    of(WorkloadMode::control).result.trace.events.push_back(sample_event(48, 0, false));
  }

  WorkloadRun& of(WorkloadMode mode) { return *std::ranges::find(results.runs, mode, &WorkloadRun::mode); }
  void as_program() {
    results.workload.attendance.ready_port.reset();
    results.workload.attendance.exercises.clear();
    for (WorkloadRun& run : results.runs)
      run.result.attended = {.ready = true};
  }
  void without_catch_all() { of(WorkloadMode::unanswered).result.err.clear(); }
  Finding find(const std::string& id) {
    const auto findings = workload_findings(results);
    const auto found = std::ranges::find(findings, id, &Finding::id);
    EXPECT_NE(found, findings.end()) << id;
    return found == findings.end() ? Finding{.id = id, .title = {}} : *found;
  }
  Outcome deny() { return find("LIVE-WORKLOAD-DENY").outcome; }
  Outcome trace() { return find("LIVE-WORKLOAD-TRACE").outcome; }
  std::string evidence(const std::string& id) {
    std::string all;
    for (const std::string& line : find(id).evidence)
      all += line + "\n";
    return all;
  }
};

TEST_F(WorkloadFindingsTest, AServiceThatAnswersInEveryWayPasses) {
  for (const Finding& finding : workload_findings(results))
    EXPECT_EQ(finding.outcome, Outcome::pass) << finding.id;
  EXPECT_EQ(verdict(workload_findings(results)), Outcome::pass);
  EXPECT_EQ(evidence("LIVE-WORKLOAD-DENY"),
            "deny ENOSYS: stayed up until it was stopped, was ready, and 1 exercise passed\n"
            "deny EPERM: stayed up until it was stopped, was ready, and 1 exercise passed\n"
            "deny unanswered: stayed up until it was stopped, was ready, and 1 exercise passed\n"
            "trace, where nothing is refused: stayed up until it was stopped, was ready, and 1 exercise passed\n");
}

TEST_F(WorkloadFindingsTest, WhatEndsEarlyUnderADenialFails) {
  without_catch_all();
  WorkloadRun& run = of(WorkloadMode::deny_eperm);
  run.result.attended = {};
  run.result.exit_code = 1;
  run.result.err = "cannot start\nno entropy\n";
  EXPECT_EQ(deny(), Outcome::fail);
  EXPECT_NE(evidence("LIVE-WORKLOAD-DENY")
                .find("deny EPERM: ended with exit code 1, was never ready, instead of staying up: no entropy\n"),
            std::string::npos)
      << evidence("LIVE-WORKLOAD-DENY");
}

TEST_F(WorkloadFindingsTest, WhatIsNeverReadyOrDoesNotAnswerUnderADenialFails) {
  without_catch_all();
  of(WorkloadMode::deny_enosys).result.attended.ready = false;
  EXPECT_EQ(deny(), Outcome::fail);
  of(WorkloadMode::deny_enosys).result.attended.ready = true;
  of(WorkloadMode::deny_enosys).result.attended.exercises[0] = {"curl", {}, 52, "empty reply\n"};
  EXPECT_EQ(deny(), Outcome::fail);
  EXPECT_NE(evidence("LIVE-WORKLOAD-DENY").find("deny ENOSYS: \"curl\" ends with exit code 52: empty reply\n"),
            std::string::npos)
      << evidence("LIVE-WORKLOAD-DENY");
  of(WorkloadMode::deny_enosys).result.attended.exercises.clear(); // it had ended before
  EXPECT_EQ(deny(), Outcome::fail);
}

TEST_F(WorkloadFindingsTest, WhatFailsWhereNothingIsRefusedShowsNothing) {
  as_program();
  for (WorkloadRun& run : results.runs) {
    run.result.exit_code = 1;
    run.result.err += "Error: You must specify POSTGRES_PASSWORD\n";
  }
  EXPECT_EQ(deny(), Outcome::could_not_check);
  EXPECT_EQ(trace(), Outcome::could_not_check);
  EXPECT_EQ(verdict(workload_findings(results)), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-WORKLOAD-DENY"),
            "it ends with exit code 1 where nothing is refused, too: Error: You must specify POSTGRES_PASSWORD\n"
            "--env NAME=VALUE sets a variable that it asks for\n");
}

TEST_F(WorkloadFindingsTest, AServiceThatIsNeverReadyShowsNothing) {
  for (WorkloadRun& run : results.runs)
    run.result.attended = {.stopped = true};
  EXPECT_EQ(deny(), Outcome::could_not_check);
  EXPECT_EQ(trace(), Outcome::could_not_check);
}

TEST_F(WorkloadFindingsTest, AClientThatFailsEverywhereShowsNothing) {
  for (WorkloadRun& run : results.runs)
    run.result.attended.exercises[0].exit_code = 127;
  EXPECT_EQ(deny(), Outcome::could_not_check);
}

TEST_F(WorkloadFindingsTest, AProgramThatEndsIsComparedByItsExitCode) {
  as_program();
  EXPECT_EQ(deny(), Outcome::pass);
  without_catch_all();
  of(WorkloadMode::unanswered).result.exit_code = 1;
  EXPECT_EQ(deny(), Outcome::fail);
}

TEST_F(WorkloadFindingsTest, WhatTheKernelEndsForItsMemoryAnywayIsToldTheOption) {
  as_program();
  without_catch_all();
  of(WorkloadMode::trace).result.exit_code = 137;
  EXPECT_EQ(deny(), Outcome::could_not_check);
  EXPECT_NE(evidence("LIVE-WORKLOAD-DENY").find("--memory gives it more"), std::string::npos);
  of(WorkloadMode::trace).result.exit_code = 0;
  of(WorkloadMode::deny_enosys).result.exit_code = 137;
  EXPECT_EQ(deny(), Outcome::fail) << "under a denial alone it is what the denial brought about";
}

TEST_F(WorkloadFindingsTest, ATimeThatIsTooShortIsNoFailureAndNoPass) {
  as_program();
  without_catch_all();
  of(WorkloadMode::deny_enosys).result.attended.stopped = true;
  EXPECT_EQ(deny(), Outcome::could_not_check);
  EXPECT_NE(evidence("LIVE-WORKLOAD-DENY").find("--for gives it more time"), std::string::npos);
}

TEST_F(WorkloadFindingsTest, WhatWasNotStartedIsNotPassed) {
  of(WorkloadMode::unanswered).failure = "cannot start the container";
  EXPECT_EQ(deny(), Outcome::could_not_check);
  for (WorkloadRun& run : results.runs)
    run.failure = "cannot start the container: no such file";
  EXPECT_EQ(deny(), Outcome::could_not_check);
  EXPECT_EQ(trace(), Outcome::could_not_check);
}

TEST_F(WorkloadFindingsTest, WhatTheCatchAllAloneReachesIsJudgedWhereItIs) {
  of(WorkloadMode::trace).result.trace.events.push_back(sample_event(16, 0, false));
  for (const WorkloadMode mode : {WorkloadMode::deny_enosys, WorkloadMode::deny_eperm})
    of(mode).result.attended = {.stopped = true};
  EXPECT_EQ(deny(), Outcome::pass);
  EXPECT_EQ(trace(), Outcome::pass);
  EXPECT_NE(evidence("LIVE-WORKLOAD-TRACE").find("catch-all"), std::string::npos);
  ASSERT_EQ(workload_calls(results).size(), 1U);
  EXPECT_TRUE(workload_calls(results)[0].is_answered);

  of(WorkloadMode::unanswered).result.attended.ready = false; // it is not answered as it needs it
  EXPECT_EQ(deny(), Outcome::fail);

  without_catch_all(); // nobody answers it
  EXPECT_EQ(deny(), Outcome::fail);
  EXPECT_EQ(trace(), Outcome::fail);
  EXPECT_FALSE(workload_calls(results)[0].is_answered);
}

TEST_F(WorkloadFindingsTest, ADeviceIsAnsweredByNobody) {
  watch::Event event = sample_event(32, 0, false);
  event.act = watch::Act::read;
  event.source = watch::Source::urandom;
  of(WorkloadMode::trace).result.trace.events.push_back(event);
  EXPECT_EQ(trace(), Outcome::fail);
}

TEST_F(WorkloadFindingsTest, KernelBytesFailAlsoWhereTheProgramDoes) {
  as_program();
  without_catch_all();
  of(WorkloadMode::trace).result.exit_code = 3;
  of(WorkloadMode::trace).result.trace.events.push_back(sample_event(16, 0, false));
  EXPECT_EQ(trace(), Outcome::fail);
  EXPECT_EQ(deny(), Outcome::could_not_check);
}

TEST_F(WorkloadFindingsTest, ACallThatNamesWouldDecideIsNoFailureWithoutThem) {
  watch::Event event = sample_event(8, 1, true);
  event.callers[0].symbols_read = false;
  of(WorkloadMode::trace).result.trace.events.push_back(event);
  EXPECT_EQ(trace(), Outcome::pass) << "the catch-all answers it, whosever it is";
  without_catch_all();
  EXPECT_EQ(trace(), Outcome::could_not_check);
  EXPECT_NE(evidence("LIVE-WORKLOAD-TRACE").find("could not be read"), std::string::npos);
  of(WorkloadMode::trace).result.trace.events.push_back(sample_event(16, 0, false));
  EXPECT_EQ(trace(), Outcome::fail);
}

TEST_F(WorkloadFindingsTest, ATraceThatIsNotWholeIsNoSilence) {
  of(WorkloadMode::trace).result.trace.unread = 2;
  EXPECT_EQ(trace(), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-WORKLOAD-TRACE"), "none was seen, but 2 calls could not be read\n");
}

TEST_F(WorkloadFindingsTest, WhatAskedForNothingIsSaidToAndNoMore) {
  of(WorkloadMode::control).result.trace.events = {sample_event(8, 1, true)}; // malloc's
  const Finding asked = find("LIVE-WORKLOAD-ASKED");
  EXPECT_EQ(asked.outcome, Outcome::could_not_check);
  EXPECT_FALSE(asked.essential);
  EXPECT_EQ(asked.evidence.front(),
            "it asked for nothing, with the stock configuration either: what it would get if it "
            "did was not seen");
  EXPECT_EQ(verdict(workload_findings(results)), Outcome::pass);
}

TEST_F(WorkloadFindingsTest, AProgramThatIsLedPastTheConfigurationWasNotProbed) {
  auto& starts = of(WorkloadMode::trace).result.trace.starts;
  starts = {{"/bin/app", {"OPENSSL_CONF=/etc/kif/openssl.cnf", "OPENSSL_MODULES=/usr/lib/kif/modules"}}};
  EXPECT_EQ(find("LIVE-WORKLOAD-CONFIGURATION").outcome, Outcome::pass);
  starts.push_back({"/usr/bin/openssl", {"OPENSSL_CONF=/dev/null"}});
  EXPECT_EQ(find("LIVE-WORKLOAD-CONFIGURATION").outcome, Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-WORKLOAD-CONFIGURATION"),
            "/usr/bin/openssl is started with OPENSSL_CONF=/dev/null: the probe was not run so\n");
  EXPECT_EQ(verdict(workload_findings(results)), Outcome::could_not_check);
  results.probed.emplace_back("OPENSSL_CONF=/dev/null"); // then the probe's findings tell
  EXPECT_EQ(find("LIVE-WORKLOAD-CONFIGURATION").outcome, Outcome::pass);
  results.has_layer = false;
  EXPECT_EQ(workload_findings(results).size(), 3U);
}

TEST_F(WorkloadFindingsTest, WhatWasNotRunIsNeverAPass) {
  for (const Finding& finding : findings_without_workload("it was not wanted")) {
    EXPECT_EQ(finding.outcome, Outcome::could_not_check);
    EXPECT_FALSE(finding.essential);
  }
  results.runs.clear();
  EXPECT_EQ(deny(), Outcome::could_not_check);
}

} // namespace
} // namespace kif::verify
