// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/rpm_version.h"

#include "version_samples.h"

namespace kif::sbom {
namespace {

// Derived from rpm-version(7), rule by rule. tests/system/sbom holds generated pairs to rpm itself.
constexpr Comparison k_comparisons[] = {
    // The epoch first; none is 0.
    {"1:1.0", '>', "2.0"},
    {"0:1.0", '=', "1.0"},
    {"2:1.0", '<', "10:1.0"},
    {"5:3.0-1", '>', "4:6.0-1"},
    // Numbers are numbers.
    {"1.2", '<', "1.10"},
    {"1.01", '=', "1.1"},
    {"1.0", '=', "1.00"},
    {"18446744073709551616", '>', "18446744073709551615"},
    {"0.0", '>', "0"},
    {"1.0.1", '>', "1.0"},
    // Separators part and do not compare.
    {"1.0", '=', "1_0"},
    {"1.0", '=', "1+.+0"},
    {"1.0.", '=', "1.0"},
    {"abc123", '=', "abc.000123"},
    // Letters are strings, and less than numbers.
    {"1a", '<', "1b"},
    {"1B", '<', "1a"},
    {"1a", '<', "1aa"},
    {"1.xyz", '<', "1.0"},
    {"1.xyz", '>', "1"},
    {"1.f", '>', "1c.f"},
    {"a", '<', "1"},
    // ~ is less than the end, ^ more than the end and less than all else.
    {"1.0~beta1", '<', "1.0"},
    {"1.0~beta1", '>', "0.99"},
    {"1.0~~", '<', "1.0~"},
    {"1.0~rc1", '<', "1.0~rc2"},
    {"2.0^20250611", '>', "2.0"},
    {"2.0^20250611", '<', "2.0.2"},
    {"2.0^1", '<', "2.0a"},
    {"1.0^", '>', "1.0"},
    {"1.0^a", '<', "1.0^b"},
    {"1.0~rc1^git1", '>', "1.0~rc1"},
    {"1.0^git1~pre", '<', "1.0^git1"},
    {"1.0.~a", '<', "1.0"},
    // The release last; none is less than any.
    {"1.0-5", '>', "1.0-1"},
    {"1.0-5", '>', "1.0"},
    {"1.0-5", '<', "1.0.1"},
    {"1.0-~1", '>', "1.0"},
    {"1.0-1.el9", '<', "1.0-1.el10"},
    {"1.0-2.el9", '>', "1.0-1.el10"},
    {"3.0.7-27.el9", '<', "1:3.0.7-20.el9"},
};

TEST(RpmVersion, ComparesAsTheManualSays) {
  for (const Comparison& comparison : k_comparisons)
    expect_comparison<RpmVersion>(comparison);
}

TEST(RpmVersion, WhatIsNoneIsRefusedWithThePlace) {
  constexpr const char* k_allowed = "a letter, a digit or one of ._+~^";
  const Refusal refusals[] = {
      {":1.0", "no epoch before the colon at character 1", "digits, then \":\"", "\":\""},
      {"a:1.0", "no epoch before the colon at character 1", "digits, then \":\"", "\"a\""},
      {"4294967296:1", "the epoch is too large", "at most 4294967295", "4294967296"},
      {"1:", "no version at character 3", "a letter or a digit", "the end"},
      {"1:-1", "no version at character 3", "a letter or a digit", "\"-\""},
      {"-1", "no version at character 1", "a letter or a digit", "\"-\""},
      {"._+", "no version at character 4", "a letter or a digit", "the end"},
      {"~^", "no version at character 3", "a letter or a digit", "the end"},
      {"1.0-", "no release at character 5", "a letter or a digit", "the end"},
      {"1.0-.", "no release at character 6", "a letter or a digit", "the end"},
      {"1.0-1-1", "wrong at character 6", k_allowed, "\"-\""},
      {"1:1:1", "wrong at character 4", k_allowed, "\":\""},
      {"1,0", "wrong at character 2", k_allowed, "\",\""},
  };
  for (const Refusal& refusal : refusals)
    expect_refusal<RpmVersion>("rpm", refusal);
}

TEST(RpmVersion, LengthsAndBytesAreBounded) {
  expect_bounds<RpmVersion>("rpm");
}

} // namespace
} // namespace kif::sbom
