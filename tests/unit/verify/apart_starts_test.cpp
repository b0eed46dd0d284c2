// SPDX-License-Identifier: Apache-2.0
#include "verify/apart_starts.h"

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

const std::vector<std::string> k_steps = {"secure-execution", "libcrypto",   "configuration",
                                          "providers",        "seed-origin", "refuse-md5"};

ProbeRun run_with(const std::string& step = {}, Outcome outcome = Outcome::pass) {
  ProbeRun run;
  for (const std::string& name : k_steps)
    run.output.steps.push_back({name, name == step ? outcome : Outcome::pass, "seen"});
  run.output.complete = true;
  return run;
}

ApartStart start(bool gains_rights, ProbeRun enosys, ProbeRun eperm) {
  ApartStart made{.id = "X", .title = "t", .gains_rights = gains_rights};
  of(made.runs, ProbeMode::deny_enosys) = std::move(enosys);
  of(made.runs, ProbeMode::deny_eperm) = std::move(eperm);
  return made;
}

TEST(ApartStarts, PassesWhereEveryStepDoesUnderBothDenials) {
  const Finding finding = apart_start_finding(start(true, run_with(), run_with()));
  EXPECT_EQ(finding.id, "LIVE-DENY-X");
  EXPECT_EQ(finding.outcome, Outcome::pass);
  EXPECT_EQ(finding.evidence.size(), 5U); // both ways saw the same
  EXPECT_EQ(finding.evidence[0], "deny ENOSYS: secure-execution: seen");
}

TEST(ApartStarts, OneStepThatFailsUnderOneDenialFails) {
  for (const std::string& step : k_steps) {
    EXPECT_EQ(apart_start_finding(start(true, run_with(step, Outcome::fail), run_with())).outcome, Outcome::fail)
        << step;
    EXPECT_EQ(apart_start_finding(start(true, run_with(), run_with(step, Outcome::fail))).outcome, Outcome::fail)
        << step;
  }
}

TEST(ApartStarts, WithoutRightsGainedThereIsNoAnswer) {
  const ProbeRun ordinary = run_with("secure-execution", Outcome::could_not_check);
  EXPECT_EQ(apart_start_finding(start(true, run_with(), ordinary)).outcome, Outcome::could_not_check);
  EXPECT_EQ(apart_start_finding(start(false, ordinary, ordinary)).outcome, Outcome::pass); // none are needed
}

TEST(ApartStarts, WhatIsMissingIsNoPass) {
  ProbeRun empty;
  EXPECT_EQ(apart_start_finding(start(false, run_with(), empty)).outcome, Outcome::could_not_check);
  ProbeRun without = run_with();
  std::erase_if(without.output.steps, [](const ProbeStep& step) { return step.name == "refuse-md5"; });
  EXPECT_EQ(apart_start_finding(start(false, run_with(), without)).outcome, Outcome::could_not_check);
  ApartStart not_made{.id = "X", .title = "t", .defect = "why"};
  EXPECT_EQ(apart_start_finding(not_made).evidence, std::vector<std::string>{"why"});
  EXPECT_EQ(apart_start_finding(not_made).outcome, Outcome::could_not_check);
}

} // namespace
} // namespace kif::verify
