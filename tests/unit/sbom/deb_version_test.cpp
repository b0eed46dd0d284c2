// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/deb_version.h"

#include "version_samples.h"

namespace kif::sbom {
namespace {

// Derived from deb-version(7), rule by rule. tests/system/sbom holds generated pairs to dpkg itself.
constexpr Comparison k_comparisons[] = {
    // The epoch first; none is 0.
    {"1:1.0", '>', "2.0"},
    {"0:1.0", '=', "1.0"},
    {"00:1.0", '=', "1.0"},
    {"2:1.0", '<', "10:1.0"},
    {"2147483647:0", '>', "2147483646:9"},
    {"1:2:3", '>', "1:2.3"},
    // Numbers are numbers.
    {"1.2", '<', "1.10"},
    {"1.0", '=', "1.00"},
    {"1.01", '=', "1.1"},
    {"1", '=', "01"},
    {"18446744073709551616", '>', "18446744073709551615"},
    {"1.0", '<', "1.0.0"},
    {"1", '<', "1."},
    // Letters before all else, a tilde before the end.
    {"1a", '<', "1+"},
    {"1a", '<', "1b"},
    {"1A", '<', "1a"},
    {"1a", '<', "1."},
    {"1", '<', "1a"},
    {"1~", '<', "1"},
    {"1~~", '<', "1~~a"},
    {"1~~a", '<', "1~"},
    {"1~rc1", '<', "1"},
    {"1~rc1", '<', "1~rc2"},
    {"1.0~rc1", '>', "0.9"},
    {"1+dfsg", '>', "1"},
    {"1+dfsg", '<', "1.1"},
    {"1+", '<', "1-a-1"},
    {"1a1", '<', "1a2"},
    {"1a", '=', "1a0"},
    // The revision last, after the last hyphen; none is less than most.
    {"1.0-1", '>', "1.0"},
    {"1.0-0", '=', "1.0"},
    {"1.0-00", '=', "1.0-0"},
    {"1.0-~1", '<', "1.0"},
    {"1.0-2", '<', "1.0-10"},
    {"1.0-1", '<', "1.0-1+b1"},
    {"3.0.11-1~deb12u2", '<', "3.0.11-1"},
    {"3.0.11-1~deb12u2", '>', "3.0.11-1~deb12u1"},
    {"1.0-1-1", '>', "1.0-1"},
    {"1.0-1.1", '>', "1.0-1"},
    {"1.0+really0.9-1", '>', "1.0-9"},
};

TEST(DebVersion, ComparesAsTheManualSays) {
  for (const Comparison& comparison : k_comparisons)
    expect_comparison<DebVersion>(comparison);
}

TEST(DebVersion, WhatIsNoneIsRefusedWithThePlace) {
  const Refusal refusals[] = {
      {":1.0", "no epoch before the colon at character 1", "digits, then \":\"", "\":\""},
      {"a:1.0", "no epoch before the colon at character 1", "digits, then \":\"", "\"a\""},
      {"1a:1.0", "no epoch before the colon at character 2", "digits, then \":\"", "\"a\""},
      {"-1:1.0", "no epoch before the colon at character 1", "digits, then \":\"", "\"-\""},
      {"2147483648:1", "the epoch is too large", "at most 2147483647", "2147483648"},
      {"99999999999999999999:1", "the epoch is too large", "at most 2147483647", "99999999999999999999"},
      {"1:", "no upstream version at character 3", "a digit", "the end"},
      {"1:-1", "no upstream version at character 3", "a digit", "\"-\""},
      {"-1", "no upstream version at character 1", "a digit", "\"-\""},
      {"v1.0", "no upstream version at character 1", "a digit", "\"v\""},
      {"1.0-", "no revision after the last hyphen at character 5", "a letter, a digit or one of .+~", "the end"},
      {"1_0", "wrong at character 2", "a letter, a digit or one of .+-~", "\"_\""},
      {"1:1_0", "wrong at character 4", "a letter, a digit or one of .+-~:", "\"_\""},
      {"1.0-1:1", "no epoch before the colon at character 2", "digits, then \":\"", "\".\""},
      {"1:1.0-1:1", "wrong at character 8", "a letter, a digit or one of .+~", "\":\""},
      {"1.0-1_1", "wrong at character 6", "a letter, a digit or one of .+~", "\"_\""},
  };
  for (const Refusal& refusal : refusals)
    expect_refusal<DebVersion>("deb", refusal);
}

TEST(DebVersion, LengthsAndBytesAreBounded) {
  expect_bounds<DebVersion>("deb");
}

} // namespace
} // namespace kif::sbom
