// SPDX-License-Identifier: Apache-2.0
#include "verify/probe_output.h"

#include <random>

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

const std::string k_draw = R"({"schema":1,"step":"rand-bytes","outcome":"pass","evidence":"32 bytes"})"
                           "\n";
const std::string k_md5 = R"({"schema":1,"step":"refuse-md5","outcome":"fail","evidence":"MD5 works"})"
                          "\n";
const std::string k_summary =
    R"({"schema":1,"step":"summary","outcome":"fail","evidence":"","passed":1,"failed":1,"could_not_check":0})"
    "\n";

TEST(ProbeOutputTest, StepsAreReadUpToTheSummary) {
  const ProbeOutput output = parse_probe_output(k_draw + k_md5 + k_summary);
  EXPECT_TRUE(output.complete);
  EXPECT_EQ(output.defect, "");
  ASSERT_EQ(output.steps.size(), 2U);
  EXPECT_EQ(output.find("rand-bytes")->outcome, Outcome::pass);
  EXPECT_EQ(output.find("rand-bytes")->evidence, "32 bytes");
  EXPECT_EQ(output.find("refuse-md5")->outcome, Outcome::fail);
  EXPECT_EQ(output.find("summary"), nullptr);
}

TEST(ProbeOutputTest, AProbeThatWasKilledIsNotComplete) {
  EXPECT_FALSE(parse_probe_output("").complete);
  EXPECT_FALSE(parse_probe_output(k_draw).complete);
  EXPECT_FALSE(parse_probe_output(k_draw + k_md5 + k_summary.substr(0, 40)).complete);
}

struct Defect {
  const char* name;
  std::string text;
  const char* defect;
};

class ProbeDefectTest : public testing::TestWithParam<Defect> {};

TEST_P(ProbeDefectTest, EndsTheReading) {
  const ProbeOutput output = parse_probe_output(GetParam().text);
  EXPECT_FALSE(output.complete);
  EXPECT_EQ(output.defect, GetParam().defect);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ProbeDefectTest,
    testing::Values(
        Defect{"no_json", "hello\n", "a line is not a finding of schema 1: hello"},
        Defect{"a_list", "[1]\n", "a line is not a finding of schema 1: [1]"},
        Defect{"another_schema",
               R"({"schema":2,"step":"a","outcome":"pass"})"
               "\n",
               R"(a line is not a finding of schema 1: {"schema":2,"step":"a","outcome":"pass"})"},
        Defect{"an_unknown_outcome",
               R"({"schema":1,"step":"a","outcome":"good"})"
               "\n",
               R"(a line names no step or no outcome: {"schema":1,"step":"a","outcome":"good"})"},
        Defect{"a_step_of_strange_letters",
               R"({"schema":1,"step":"A B","outcome":"pass"})"
               "\n",
               R"(a line names no step or no outcome: {"schema":1,"step":"A B","outcome":"pass"})"},
        Defect{"a_step_twice", k_draw + k_draw, "step rand-bytes is there twice"},
        Defect{"a_summary_that_does_not_add_up", k_draw + k_summary, "the summary's counts are not those of the steps"},
        Defect{"more_after_the_summary", k_draw + k_md5 + k_summary + k_draw, "something follows the summary"},
        Defect{"an_endless_line", std::string(70'000, 'x'), "a line is longer than the bound"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(ProbeOutputTest, ManyStepsAreTooMany) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += R"({"schema":1,"step":"s)" + std::to_string(i) + R"(","outcome":"pass","evidence":""})" + "\n";
  EXPECT_EQ(parse_probe_output(text).defect, "more steps than the bound");
}

TEST(ProbeOutputTest, DamageNeverMakesASummaryTrue) {
  std::mt19937 random(3); // the same damage in every run
  const std::string good = k_draw + k_md5 + k_summary;
  for (int i = 0; i < 5000; ++i) {
    std::string text = good;
    text.resize(random() % text.size()); // cut anywhere: never complete
    const ProbeOutput cut = parse_probe_output(text);
    EXPECT_FALSE(cut.complete && cut.steps.size() != 2) << text;
    text = good;
    for (int change = 0; change < 3; ++change)
      text[random() % text.size()] = static_cast<char>(random());
    const ProbeOutput changed = parse_probe_output(text);
    EXPECT_TRUE(!changed.complete || changed.defect.empty());
    EXPECT_LE(changed.steps.size(), 3U);
  }
}

TEST(InOneLine, GapsBecomeSpacesAndTheEndIsCut) {
  EXPECT_EQ(in_one_line("  a\n\tb \r\nc\n"), "a b c");
  EXPECT_EQ(in_one_line("a\x1b[31m"), "a\x1b[31m"); // what prints it escapes it
  EXPECT_EQ(in_one_line("abcdef", 3), "abc…");
}

} // namespace
} // namespace kif::verify
