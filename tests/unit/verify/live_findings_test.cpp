// SPDX-License-Identifier: Apache-2.0
#include "verify/live_results.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "samples.h"

namespace kif::verify {
namespace {

const Finding& find(const std::vector<Finding>& findings, const std::string& id) {
  const auto found = std::ranges::find(findings, id, &Finding::id);
  static const Finding none{.id = "none", .title = "no such finding"};
  EXPECT_NE(found, findings.end()) << id;
  return found == findings.end() ? none : *found;
}

class LiveFindingsTest : public testing::Test {
protected:
  LiveResults results = good_results();
  std::vector<Finding> findings;

  Outcome judge(const std::string& id) {
    findings = live_findings(results);
    return find(findings, id).outcome;
  }
  Outcome judge() { return verdict(live_findings(results)); }
  ProbeStep& step(ProbeMode mode, std::string_view name) {
    auto& steps = of(results.probe, mode).output.steps;
    return *std::ranges::find(steps, name, &ProbeStep::name);
  }
  std::string evidence(const std::string& id, std::size_t line = 0) {
    findings = live_findings(results);
    const auto& lines = find(findings, id).evidence;
    return line < lines.size() ? lines[line] : "no such line";
  }
};

TEST_F(LiveFindingsTest, AGoodImagePasses) {
  for (const Finding& finding : live_findings(results))
    EXPECT_EQ(finding.outcome, Outcome::pass) << finding.id;
  EXPECT_EQ(judge(), Outcome::pass);
  EXPECT_EQ(evidence("LIVE-DENY-START"), "deny ENOSYS: kif-init: ready: module 3.5.9");
}

TEST_F(LiveFindingsTest, EveryIdIsThereOnce) {
  std::vector<std::string> ids;
  for (const Finding& finding : live_findings(results))
    ids.push_back(finding.id);
  ASSERT_EQ(ids.size(), 1 + required_steps().size() + 8);
  ids.erase(ids.begin() + 5, ids.begin() + static_cast<std::ptrdiff_t>(required_steps().size()));
  EXPECT_EQ(ids, (std::vector<std::string>{"LIVE-DENY-START", "LIVE-DENY-RAND-BYTES", "LIVE-DENY-RAND-PRIV-BYTES",
                                           "LIVE-DENY-TLS-1.3", "LIVE-DENY-REFUSE-MD5", "LIVE-DENY-DRAWN-BYTES",
                                           "LIVE-PROBE-STEPS", "LIVE-DENY-OPENSSL-RAND", "LIVE-RUNS-DIFFER",
                                           "LIVE-TRACE-RUN", "LIVE-TRACE-GETRANDOM", "LIVE-TRACE-DEVICES",
                                           "LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE"}));
}

TEST_F(LiveFindingsTest, AFeatureThatTheImageHasByChoiceIsNoFailure) {
  const ProbeStep works = {"refuse-sha1-signatures", Outcome::fail, "a signature with SHA-1 works"};
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    step(mode, works.name) = works;
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-SHA1-SIGNATURES"), Outcome::fail);
  results.compat = {"tls12-without-ems"}; // another choice does not excuse it
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-SHA1-SIGNATURES"), Outcome::fail);
  results.compat.emplace_back("sha1-signatures");
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-SHA1-SIGNATURES"), Outcome::pass);
  EXPECT_TRUE(find(findings, "LIVE-DENY-REFUSE-SHA1-SIGNATURES").by_choice);
  EXPECT_EQ(evidence("LIVE-DENY-REFUSE-SHA1-SIGNATURES"), "not refused: not approved, by choice");
  EXPECT_EQ(find(findings, "LIVE-DENY-REFUSE-SHA1-SIGNATURES").title, "signing with SHA-1 works, by choice");
  EXPECT_EQ(judge(), Outcome::pass);
  results.compat.emplace_back("md5"); // an image cannot choose what --compat does not take
  of(results.probe, ProbeMode::deny_enosys).output.steps[3] = {"refuse-md5", Outcome::fail, "MD5 works"};
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-MD5"), Outcome::fail);
}

TEST_F(LiveFindingsTest, AChoiceDoesNotExcuseWhatWasNotRun) {
  results.compat = {"sha1-signatures"};
  step(ProbeMode::deny_enosys, "refuse-sha1-signatures") = {"refuse-sha1-signatures", Outcome::fail,
                                                            "a signature with SHA-1 works"};
  std::erase_if(of(results.probe, ProbeMode::deny_eperm).output.steps,
                [](const ProbeStep& one) { return one.name == "refuse-sha1-signatures"; });
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-SHA1-SIGNATURES"), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, OfAFurtherLibcryptoEveryFailureMustBeAChoice) {
  const ProbeStep further = {
      "further-libcrypto", Outcome::fail,
      "34 steps passed, 2 failed, 0 could not be checked; failed: refuse-sha1-signatures, "
      "refuse-3des-encryption; OpenSSL 3.5.9; refuse-sha1-signatures: works; refuse-3des-encryption: works"};
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    of(results.probe, mode).output.steps.push_back(further);
  results.compat = {"sha1-signatures"};
  EXPECT_EQ(judge("LIVE-DENY-FURTHER-LIBCRYPTO"), Outcome::fail) << "the other one was not chosen";
  results.compat = {"sha1-signatures", "3des-encryption"};
  EXPECT_EQ(judge("LIVE-DENY-FURTHER-LIBCRYPTO"), Outcome::pass);
  EXPECT_TRUE(find(findings, "LIVE-DENY-FURTHER-LIBCRYPTO").by_choice);
  for (const char* evidence :
       {"35 steps passed, 1 failed, 0 could not be checked; failed: refuse-md5; refuse-md5: works",
        "33 steps passed, 1 failed, 2 could not be checked; failed: refuse-sha1-signatures; x",
        "the steps ended; OpenSSL, 0 could not be checked; failed: refuse-sha1-signatures; x",
        "the steps ended without an answer", "; failed: refuse-sha1-signatures; "}) {
    for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
      of(results.probe, mode).output.steps.back().evidence = evidence;
    EXPECT_EQ(judge("LIVE-DENY-FURTHER-LIBCRYPTO"), Outcome::fail) << evidence;
  }
}

TEST_F(LiveFindingsTest, AStepMustPassUnderBothDenials) {
  of(results.probe, ProbeMode::deny_eperm).output.steps[0] = {"rand-bytes", Outcome::fail, "no entropy"};
  EXPECT_EQ(judge("LIVE-DENY-RAND-BYTES"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-DENY-RAND-BYTES", 1), "EPERM: no entropy");
  EXPECT_EQ(judge(), Outcome::fail);
}

TEST_F(LiveFindingsTest, AFailureOutweighsAStepThatCouldNotBeChecked) {
  of(results.probe, ProbeMode::deny_enosys).output.steps[0].outcome = Outcome::could_not_check;
  EXPECT_EQ(judge("LIVE-DENY-RAND-BYTES"), Outcome::could_not_check);
  of(results.probe, ProbeMode::deny_eperm).output.steps[0].outcome = Outcome::fail;
  EXPECT_EQ(judge("LIVE-DENY-RAND-BYTES"), Outcome::fail);
  std::swap(of(results.probe, ProbeMode::deny_eperm), of(results.probe, ProbeMode::deny_enosys));
  EXPECT_EQ(judge("LIVE-DENY-RAND-BYTES"), Outcome::fail);
}

TEST_F(LiveFindingsTest, EveryStepIsRequiredInEachWayOfRunning) {
  EXPECT_EQ(judge("LIVE-PROBE-STEPS"), Outcome::pass);
  for (const ProbeMode mode : k_probe_modes) {
    results = good_results();
    std::erase_if(of(results.probe, mode).output.steps, [](const ProbeStep& one) { return one.name == "refuse-md5"; });
    EXPECT_EQ(judge("LIVE-PROBE-STEPS"), Outcome::could_not_check);
    EXPECT_EQ(evidence("LIVE-PROBE-STEPS"), std::string(to_string(mode)) + ": not reported: refuse-md5");
    EXPECT_EQ(judge(), Outcome::could_not_check);
  }
}

TEST_F(LiveFindingsTest, AProbeThatIsWholeAndHasNoStepsIsNoPass) {
  for (const ProbeMode mode : k_probe_modes)
    of(results.probe, mode).output.steps.clear();
  EXPECT_EQ(judge("LIVE-PROBE-STEPS"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, AStepThatOneRunDidNotReachIsNotPassed) {
  of(results.probe, ProbeMode::deny_eperm).output.steps.resize(3);
  EXPECT_EQ(judge("LIVE-DENY-REFUSE-MD5"), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, NoTwoContainersMayDrawTheSameBytes) {
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::pass);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"), "12 different draws; containers that drew: 6");
  const LiveResults good = results;

  // A source with a constant seed: every container has the same blocks.
  of(results.probe, ProbeMode::trace).output.steps.back() =
      of(results.probe, ProbeMode::deny_enosys).output.steps.back();
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"), "the same bytes: probe, deny ENOSYS, probe, trace");
  EXPECT_EQ(judge(), Outcome::fail);

  // Or the same at another place.
  results = good;
  of(results.probe, ProbeMode::trace).output.steps.back().evidence = "RAND_bytes sha256:" + std::string(32, 'b') +
                                                                     "; seed blocks sha256:" + std::string(32, 'c') +
                                                                     " sha256:" + std::string(30, 'a') + "01";
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::fail);

  results = good;
  of(results.openssl_jobs[0].runs, ProbeMode::trace).drawn =
      of(results.openssl_jobs[0].runs, ProbeMode::deny_eperm).drawn;
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"), "the same bytes: openssl rand, deny EPERM, openssl rand, trace");
}

TEST_F(LiveFindingsTest, NorMayTwoJvms) {
  const auto drew = [](char digit) {
    return ProbeStep{"drawn-bytes", Outcome::pass, "strong sha256:" + std::string(32, digit)};
  };
  JavaStart java{.home = "/opt/java"};
  of(java.runs, ProbeMode::deny_enosys).output.steps = {drew('d')};
  of(java.runs, ProbeMode::deny_eperm).output.steps = {drew('e')};
  results.javas = {java};
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::pass);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"), "14 different draws; containers that drew: 8");
  of(results.javas[0].runs, ProbeMode::deny_eperm).output.steps = {drew('d')};
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"),
            "the same bytes: Java of /opt/java, deny ENOSYS, Java of /opt/java, deny EPERM");
}

TEST_F(LiveFindingsTest, OneContainerThatDrewShowsNothing) {
  results.openssl_jobs.clear();
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    of(results.probe, mode).output.steps.back().evidence = "sha256:not a digest";
  EXPECT_EQ(judge("LIVE-RUNS-DIFFER"), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-RUNS-DIFFER"), "3 different draws; containers that drew: 1");
}

TEST_F(LiveFindingsTest, AnImageWithoutTlsCanStillPass) {
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    of(results.probe, mode).output.steps[2] = {"tls-1.3", Outcome::could_not_check, "libssl.so.3: cannot open"};
  EXPECT_EQ(judge("LIVE-DENY-TLS-1.3"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::pass);
  of(results.probe, ProbeMode::deny_eperm).output.steps[2].outcome = Outcome::fail;
  EXPECT_EQ(judge(), Outcome::fail);
}

TEST_F(LiveFindingsTest, WhatKifInitRefusesFailsWithItsOwnWords) {
  ProbeRun& run = of(results.probe, ProbeMode::deny_enosys);
  run.output = {};
  run.result.exit_code = 85;
  run.result.err = "noise\nkif-init: error: cannot draw: repetition count test failed\n";
  EXPECT_EQ(judge("LIVE-DENY-START"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-DENY-START"), "deny ENOSYS: kif-init: error: cannot draw: repetition count test failed");
}

TEST_F(LiveFindingsTest, AProbeThatDiesShowsNothing) {
  ProbeRun& run = of(results.probe, ProbeMode::deny_enosys);
  run.output.complete = false;
  run.result.exit_code = 134;
  run.result.err = "aborted\n";
  EXPECT_EQ(judge("LIVE-DENY-START"), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-DENY-START"), "deny ENOSYS: the probe ended with exit code 134 before its summary: aborted");
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, AContainerThatDidNotStartShowsNothing) {
  of(results.probe, ProbeMode::trace).failure = "cannot start the container: no such file";
  EXPECT_EQ(judge("LIVE-TRACE-RUN"), Outcome::could_not_check);
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, AKernelSeedInAnyTracedRunFails) {
  of(results.openssl_jobs[0].runs, ProbeMode::trace).traces[0].second.events.push_back(sample_event(48, 0, false));
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::fail);
  EXPECT_EQ(
      evidence("LIVE-TRACE-GETRANDOM"),
      "openssl rand: kif-probe: getrandom 48 bytes, flags 0, from libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex");
  EXPECT_EQ(judge("LIVE-TRACE-DEVICES"), Outcome::pass);
  EXPECT_EQ(judge(), Outcome::fail);
}

TEST_F(LiveFindingsTest, ACallThatNamesWouldDecideIsNoFailureWithoutThem) {
  auto& events = of(results.probe, ProbeMode::trace).result.trace.events;
  events[0].callers[0].symbols_read = false;
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::could_not_check);
  EXPECT_NE(evidence("LIVE-TRACE-GETRANDOM").find("could not be read"), std::string::npos);
  EXPECT_EQ(judge(), Outcome::could_not_check);
  events.push_back(sample_event(48, 0, false)); // this one needs no names
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::fail);
}

TEST_F(LiveFindingsTest, AnOpenDeviceFailsThoughNothingWasRead) {
  watch::Event open = sample_event(0, 0, false);
  open.act = watch::Act::open;
  open.source = watch::Source::urandom;
  of(results.probe, ProbeMode::trace).result.trace.events.push_back(open);
  EXPECT_EQ(judge("LIVE-TRACE-DEVICES"), Outcome::fail);
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::pass);
}

TEST_F(LiveFindingsTest, AnIncompleteTraceIsNoSilence) {
  for (const auto spoil : std::initializer_list<void (*)(watch::Trace&)>{
           [](watch::Trace& trace) { trace.failure = "the listener broke"; },
           [](watch::Trace& trace) { trace.started = false; }, [](watch::Trace& trace) { trace.unread = 1; },
           [](watch::Trace& trace) { trace.dropped = 1; }}) {
    results = good_results();
    spoil(of(results.probe, ProbeMode::trace).result.trace);
    EXPECT_EQ(judge("LIVE-TRACE-RUN"), Outcome::could_not_check);
    EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::could_not_check);
    EXPECT_EQ(judge("LIVE-TRACE-DEVICES"), Outcome::could_not_check);
    EXPECT_EQ(judge(), Outcome::could_not_check);
  }
}

TEST_F(LiveFindingsTest, AControlThatDoesNotFailTakesTheVerdictAway) {
  of(results.control, ProbeMode::deny_eperm).output.steps[0] = {"rand-bytes", Outcome::pass, "32 bytes"};
  EXPECT_EQ(judge("LIVE-CONTROL-DENY"), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-CONTROL-DENY", 2), "deny EPERM: rand-bytes does not fail: 32 bytes");
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, AControlThatFailsForAnotherReasonIsNoControl) {
  // Broken with and without the kernel's randomness: its failure under denial shows nothing.
  of(results.control, ProbeMode::trace).output.steps[0] = {"rand-bytes", Outcome::fail, "no module"};
  EXPECT_EQ(judge("LIVE-CONTROL-TRACE"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, ATraceThatDoesNotSeeTheControlsSeedsIsBlind) {
  of(results.control, ProbeMode::trace).result.trace.events.pop_back();
  EXPECT_EQ(judge("LIVE-CONTROL-TRACE"), Outcome::could_not_check);
  EXPECT_EQ(evidence("LIVE-CONTROL-TRACE"), "no call was seen");
}

TEST_F(LiveFindingsTest, WithoutAControlThereIsNoVerdict) {
  results.control_defect = "cannot make the stock configuration: no section";
  EXPECT_EQ(judge("LIVE-CONTROL-DENY"), Outcome::could_not_check);
  EXPECT_EQ(judge("LIVE-CONTROL-TRACE"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, AnImageWithoutKifIsItsOwnControl) {
  results.control_is_image = true;
  results.through_init = false;
  results.probe = results.control;
  EXPECT_EQ(judge("LIVE-CONTROL-DENY"), Outcome::pass);
  EXPECT_EQ(judge("LIVE-CONTROL-TRACE"), Outcome::pass);
  EXPECT_EQ(judge("LIVE-DENY-RAND-BYTES"), Outcome::fail);
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::fail);
  EXPECT_EQ(judge(), Outcome::fail);
}

TEST_F(LiveFindingsTest, AnImageWithoutTheCommandCanStillPass) {
  results.openssl.clear();
  results.openssl_jobs.clear();
  EXPECT_EQ(judge("LIVE-DENY-OPENSSL"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::pass);
}

TEST_F(LiveFindingsTest, ACommandMustWorkInEveryWay) {
  of(results.openssl_jobs[0].runs,
     ProbeMode::deny_eperm) = {Outcome::fail, {"rand: exit code 1, error retrieving entropy"}, {}};
  EXPECT_EQ(judge("LIVE-DENY-OPENSSL-RAND"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-DENY-OPENSSL-RAND", 1), "deny EPERM: rand: exit code 1, error retrieving entropy");
  of(results.openssl_jobs[0].runs, ProbeMode::deny_eperm).outcome = Outcome::could_not_check;
  EXPECT_EQ(judge("LIVE-DENY-OPENSSL-RAND"), Outcome::could_not_check);
  EXPECT_EQ(judge(), Outcome::could_not_check);
}

TEST_F(LiveFindingsTest, OnlyTheFirstOfManyCallsAreListed) {
  for (std::uint64_t i = 0; i < 30; ++i)
    of(results.probe, ProbeMode::trace).result.trace.events.push_back(sample_event(100 + i, 0, false));
  EXPECT_EQ(judge("LIVE-TRACE-GETRANDOM"), Outcome::fail);
  EXPECT_EQ(evidence("LIVE-TRACE-GETRANDOM", 20), "and 10 more");
}

} // namespace
} // namespace kif::verify
