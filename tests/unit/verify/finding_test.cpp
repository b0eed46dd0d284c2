// SPDX-License-Identifier: Apache-2.0
#include "verify/findings/finding.h"

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

constexpr Outcome k_pass = Outcome::pass;
constexpr Outcome k_fail = Outcome::fail;
constexpr Outcome k_unknown = Outcome::could_not_check;

Finding finding(Outcome outcome, Kind kind = Kind::measured, bool essential = true) {
  return {.id = "X", .title = "x", .outcome = outcome, .kind = kind, .evidence = {}, .essential = essential};
}

struct Case {
  const char* name;
  std::vector<Finding> findings;
  Outcome expected;
};

class VerdictTest : public testing::TestWithParam<Case> {};

TEST_P(VerdictTest, FollowsTheRule) {
  EXPECT_EQ(verdict(GetParam().findings), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, VerdictTest,
    testing::Values(
        Case{"all_pass", {finding(k_pass), finding(k_pass)}, k_pass},
        Case{"one_fails", {finding(k_pass), finding(k_fail)}, k_fail},
        Case{"a_failure_outweighs_what_is_unknown", {finding(k_unknown), finding(k_fail)}, k_fail},
        Case{"an_essential_one_is_unknown", {finding(k_pass), finding(k_unknown)}, k_unknown},
        Case{"an_inessential_one_is_unknown", {finding(k_pass), finding(k_unknown, Kind::measured, false)}, k_pass},
        Case{"an_inessential_one_fails", {finding(k_pass), finding(k_fail, Kind::measured, false)}, k_fail},
        Case{"nothing_was_found", {}, k_unknown},
        Case{"claims_are_no_answer", {finding(k_pass, Kind::claimed)}, k_unknown},
        Case{"an_unknown_claim_does_not_matter", {finding(k_pass), finding(k_unknown, Kind::claimed)}, k_pass},
        Case{"a_claim_that_is_false_does", {finding(k_pass), finding(k_fail, Kind::claimed)}, k_fail},
        Case{"inessential_passes_are_no_answer", {finding(k_pass, Kind::measured, false)}, k_unknown}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

} // namespace
} // namespace kif::verify
