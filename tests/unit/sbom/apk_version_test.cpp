// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/apk_version.h"

#include <iterator>

#include "version_samples.h"

namespace kif::sbom {
namespace {

// Derived from the grammar and the order that apk-package(5) states, rule by rule.
constexpr Comparison k_comparisons[] = {
    // The first number is a number.
    {"1", '=', "1"},
    {"1", '<', "2"},
    {"2", '<', "10"},
    {"9", '<', "20241201"},
    {"0", '<', "1"},
    {"01", '=', "1"},
    {"007", '<', "10"},
    {"00", '=', "0"},
    {"010.1", '>', "9.1"},
    {"18446744073709551616", '>', "18446744073709551615"},
    {"99999999999999999999999999", '<', "100000000000000000000000000"},
    // Later numbers are numbers.
    {"1.2", '<', "1.10"},
    {"1.9", '<', "1.10"},
    {"3.4.9", '<', "3.4.10"},
    {"3.10.0", '>', "3.4.0"},
    {"1.2.3", '=', "1.2.3"},
    {"1.2.3.4.5", '<', "1.2.3.4.6"},
    {"1.20241201", '>', "1.9"},
    {"1.18446744073709551616", '>', "1.18446744073709551615"},
    {"2.0", '>', "1.99.99"},
    // Unless one of them starts with 0: then both are strings.
    {"1.05", '<', "1.5"},
    {"1.05", '<', "1.10"},
    {"1.09", '<', "1.1"},
    {"1.09", '>', "1.08"},
    {"1.010", '<', "1.02"},
    {"1.0", '<', "1.00"},
    {"1.0", '<', "1.01"},
    {"1.00", '<', "1.01"},
    {"1.0", '<', "1.1"},
    {"1.0", '<', "1.10"},
    {"1.00000", '<', "1.1"},
    {"1.04.0", '<', "1.4.0"},
    {"3.04.9", '<', "3.4.0"},
    // More numbers are more.
    {"1", '<', "1.0"},
    {"1.0", '<', "1.0.0"},
    {"1.2", '<', "1.2.0"},
    {"1.2.1", '>', "1.2"},
    {"1.2.0.0", '>', "1.2.0"},
    // A letter.
    {"1.0a", '<', "1.0b"},
    {"1.0a", '=', "1.0a"},
    {"1.0", '<', "1.0a"},
    {"1a", '>', "1"},
    {"1z", '<', "2"},
    {"1.0z", '<', "1.0.0"},
    {"1.0a", '<', "1.0.1"},
    {"1.1.1w", '>', "1.1.1k"},
    {"1.1.1w", '<', "1.1.2"},
    {"9.9z", '<', "9.10a"},
    // Suffixes before a version, in their order.
    {"1.0_alpha", '<', "1.0_beta"},
    {"1.0_beta", '<', "1.0_pre"},
    {"1.0_pre", '<', "1.0_rc"},
    {"1.0_rc", '<', "1.0"},
    {"1.0_alpha", '<', "1.0"},
    {"1.0_alpha", '<', "1.0_rc"},
    {"1.0_beta9", '<', "1.0_rc1"},
    {"1.0_rc1", '<', "1.0-r0"},
    {"1.0_rc1-r5", '<', "1.0-r0"},
    {"1.0_alpha", '<', "1.0a"},
    {"1.0_rc", '<', "1.0~0"},
    {"1.0_rc", '<', "1.0.0_alpha"},
    {"1.0a_rc1", '<', "1.0a"},
    {"1.0a_rc1", '>', "1.0"},
    {"1.0_rc1", '>', "0.9"},
    // Suffixes after a version, in their order.
    {"1.0", '<', "1.0_cvs"},
    {"1.0_cvs", '<', "1.0_svn"},
    {"1.0_svn", '<', "1.0_git"},
    {"1.0_git", '<', "1.0_hg"},
    {"1.0_hg", '<', "1.0_p"},
    {"1.0_p", '>', "1.0"},
    {"1.0_rc9", '<', "1.0_cvs"},
    {"1.0_p1", '<', "1.0a"},
    {"1.0_p1", '<', "1.0.0"},
    {"1.0_p1", '<', "1.1"},
    {"1.0_p1", '>', "1.0-r9"},
    {"1.0_p1", '>', "1.0~f"},
    {"1.0_git20241201", '>', "1.0-r0"},
    // Their numbers.
    {"1.0_rc1", '<', "1.0_rc2"},
    {"1.0_rc2", '<', "1.0_rc10"},
    {"1.0_rc01", '=', "1.0_rc1"},
    {"1.0_rc", '<', "1.0_rc0"},
    {"1.0_p", '<', "1.0_p0"},
    {"1.0_p9", '<', "1.0_p10"},
    {"1.0_git20241130", '<', "1.0_git20241201"},
    {"1.0_pre20191002222144", '<', "1.0_pre20210530193627"},
    {"1.0_p18446744073709551616", '>', "1.0_p18446744073709551615"},
    // More suffixes than one.
    {"1.0_alpha_pre2", '<', "1.0_alpha"},
    {"1.0_alpha_p1", '>', "1.0_alpha"},
    {"1.0_rc1_git2", '>', "1.0_rc1"},
    {"1.0_rc1_git2", '<', "1.0_rc2"},
    {"1.0_rc_alpha", '<', "1.0_rc0"},
    {"1.0_rc_p", '>', "1.0_rc0"},
    {"1.0_p1_rc1", '<', "1.0_p1"},
    {"1.0_p1_p2", '<', "1.0_p1_p3"},
    {"1.0_p1_p2", '>', "1.0_p1-r7"},
    // A hash is a string, and more than none.
    {"1.0~abc", '<', "1.0~abd"},
    {"1.0~abc", '=', "1.0~abc"},
    {"1.0~9", '<', "1.0~a"},
    {"1.0~10", '<', "1.0~9"},
    {"1.0~ab", '<', "1.0~abc"},
    {"1.0~0", '>', "1.0"},
    {"1.0~0", '>', "1.0-r5"},
    {"1.0~abc", '<', "1.0~abc-r0"},
    {"1.0~abc", '<', "1.0_p"},
    {"1.0_git1~abc", '>', "1.0_git1"},
    {"1.0a~0", '<', "1.0b"},
    // The revision is a number, and more than none.
    {"1.0-r0", '<', "1.0-r1"},
    {"1.0-r2", '<', "1.0-r10"},
    {"1.0-r01", '=', "1.0-r1"},
    {"1.0", '<', "1.0-r0"},
    {"1.0-r9", '<', "1.0.0-r0"},
    {"1.0-r9", '<', "1.0a"},
    {"1.0_rc1-r1", '>', "1.0_rc1-r0"},
    {"1.0_rc1", '<', "1.0_rc1-r0"},
    {"1.0~a-r2", '>', "1.0~a-r1"},
    {"1.0-r18446744073709551616", '>', "1.0-r18446744073709551615"},
};

TEST(ApkVersion, ComparesAsTheGrammarSays) {
  static_assert(std::size(k_comparisons) >= 100);
  for (const Comparison& comparison : k_comparisons)
    expect_comparison<ApkVersion>(comparison);
}

TEST(ApkVersion, TheThresholdThatRulesName) {
  const auto threshold = ApkVersion::parse("3.4.0-r2").value();
  for (const char* const text : {"3.4.0-r2", "3.4.0-r3", "3.4.0-r10", "3.10.0-r0", "3.4.0_p1-r0",
                                 "3.4.0_git20241201-r0", "3.4.1-r0", "3.4.0.1-r0", "3.4.0a-r0", "3.5.0-r0", "4.0-r0"})
    EXPECT_GE(ApkVersion::parse(text).value(), threshold) << text;
  for (const char* const text :
       {"3.4.0", "3.4.0-r0", "3.4.0-r1", "3.4.0_rc1-r5", "3.04.0-r0", "3.3.99-r9", "3.4-r9", "3-r9"})
    EXPECT_LT(ApkVersion::parse(text).value(), threshold) << text;
  for (const char* const text : {"v3.6.0-r0", "3.4.0-r2-extra"})
    EXPECT_FALSE(ApkVersion::parse(text)) << text;
}

TEST(ApkVersion, WhatIsNoneIsRefusedWithThePlace) {
  constexpr const char* k_suffixes = "alpha, beta, pre, rc, cvs, svn, git, hg or p, then digits or none";
  constexpr const char* k_after_number = "\".\", a letter a-z, \"_\", \"~\", \"-r\" or the end";
  constexpr const char* k_after_letter = "\"_\", \"~\", \"-r\" or the end";
  constexpr const char* k_revision = "the number of the revision";
  constexpr const char* k_hash = "a hash of digits 0-9 and a-f";
  const Refusal refusals[] = {
      {"v3.6.0-r0", "wrong at character 1", "a digit", "\"v\""},
      {".1", "wrong at character 1", "a digit", "\".\""},
      {"-r1", "wrong at character 1", "a digit", "\"-\""},
      {"1.", "wrong at character 3", "a digit", "the end"},
      {"1..2", "wrong at character 3", "a digit", "\".\""},
      {"1.a", "wrong at character 3", "a digit", "\"a\""},
      {"1A", "wrong at character 2", k_after_number, "\"A\""},
      {"1:2", "wrong at character 2", k_after_number, "\":\""},
      {"1+2", "wrong at character 2", k_after_number, "\"+\""},
      {"1ab", "wrong at character 3", k_after_letter, "\"b\""},
      {"1a2", "wrong at character 3", k_after_letter, "\"2\""},
      {"1a.2", "wrong at character 3", k_after_letter, "\".\""},
      {"1.0rc1", "wrong at character 5", k_after_letter, "\"c\""},
      {"1_", "no known suffix at character 3", k_suffixes, "the end"},
      {"1_1", "no known suffix at character 3", k_suffixes, "\"1\""},
      {"1_foo", "no known suffix at character 3", k_suffixes, "\"f\""},
      {"1_RC1", "no known suffix at character 3", k_suffixes, "\"R\""},
      {"1_rcx", "no known suffix at character 3", k_suffixes, "\"r\""},
      {"1_rc1_", "no known suffix at character 7", k_suffixes, "the end"},
      {"1_rc1.2", "wrong at character 6", k_after_letter, "\".\""},
      {"1_rc1a", "wrong at character 6", k_after_letter, "\"a\""},
      {"1~", "wrong at character 3", k_hash, "the end"},
      {"1~A", "wrong at character 3", k_hash, "\"A\""},
      {"1~ag", "wrong at character 4", "0-9, a-f, \"-r\" or the end", "\"g\""},
      {"1~a_p1", "wrong at character 4", "0-9, a-f, \"-r\" or the end", "\"_\""},
      {"1-", "wrong at character 3", "\"r\" and the number of the revision", "the end"},
      {"1-1", "wrong at character 3", "\"r\" and the number of the revision", "\"1\""},
      {"1-r", "wrong at character 4", k_revision, "the end"},
      {"1-rc1", "wrong at character 4", k_revision, "\"c\""},
      {"1-r1_p1", "wrong at character 5", "a digit or the end", "\"_\""},
      {"3.4.0-r2-extra", "wrong at character 9", "a digit or the end", "\"-\""},
  };
  for (const Refusal& refusal : refusals)
    expect_refusal<ApkVersion>("apk", refusal);
}

TEST(ApkVersion, LengthsAndBytesAreBounded) {
  expect_bounds<ApkVersion>("apk");
  // As many parts as fit.
  std::string text = "1";
  while (text.size() + 2 <= 255)
    text += "_p";
  EXPECT_FALSE(ApkVersion::parse(text + "_"));
  EXPECT_TRUE(ApkVersion::parse(text));
}

TEST(ApkVersion, ACopyOutlivesWhatItWasReadFrom) {
  std::string source = "1.0-r1";
  const auto version = ApkVersion::parse(source).value();
  const ApkVersion copy = version; // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  source = "9.9-r9";
  EXPECT_EQ(copy.text(), "1.0-r1");
  EXPECT_EQ(copy, ApkVersion::parse("1.0-r1").value());
}

} // namespace
} // namespace kif::sbom
