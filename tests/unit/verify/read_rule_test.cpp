// SPDX-License-Identifier: Apache-2.0
// Rules files: what is read, and the exact words for each mistake that a person makes in one.
#include "verify/rules/rule.h"

#include <string>

#include <gtest/gtest.h>

#include "sbom_samples.h"

namespace kif::verify {
namespace {

const std::string k_good = R"(schema: kif.rules/1
id: mine
title: my rule
source: my house
date: 2026-01-31
ecosystem: deb
built_from: 2026-01-01
required:
  - name: libssl3t64
    minimum: 3.5.1-1
excluded:
  - contains: -cni-
    reason: it asks the kernel
  - prefix: bad-
indicators:
  - {prefix: NIST-ESV-, means: esv}
workloads:
  - id: VPN
    title: a tunnel
    needs: a kernel in FIPS mode
    packages:
      - {ecosystem: rpm, suffix: -vpn}
)";

std::string refusal(const std::string& text) {
  const auto rule = parse_rule(text, "r.yaml");
  return rule ? "no error" : rule.error().render("kif");
}

// k_good with one of its lines changed.
std::string refusal(const std::string& line, const std::string& instead) {
  std::string text = k_good;
  const std::size_t at = text.find(line);
  EXPECT_NE(at, std::string::npos) << line;
  return refusal(text.replace(at, line.size(), instead));
}

TEST(ReadRule, ReadsAllOfIt) {
  const Rule rule = parse_rule(k_good, "r.yaml").value();
  EXPECT_EQ(rule.id, "mine");
  EXPECT_EQ(rule.title, "my rule");
  EXPECT_EQ(rule.source, "my house");
  EXPECT_EQ(to_string(rule.date), "2026-01-31");
  EXPECT_EQ(rule.ecosystem, sbom::Ecosystem::deb);
  EXPECT_EQ(to_string(rule.built_from.value()), "2026-01-01");
  ASSERT_EQ(rule.required.size(), 1U);
  EXPECT_EQ(rule.required[0].name, "libssl3t64");
  EXPECT_EQ(rule.required[0].minimum, "3.5.1-1");
  ASSERT_EQ(rule.excluded.size(), 2U);
  EXPECT_EQ(rule.excluded[0].name.describe(), "any name with -cni- in it");
  EXPECT_EQ(rule.excluded[0].reason, "it asks the kernel");
  EXPECT_EQ(rule.excluded[1].name.describe(), "any name that begins with bad-");
  ASSERT_EQ(rule.indicators.size(), 1U);
  EXPECT_EQ(rule.indicators[0].means, Indicator::Means::esv);
  ASSERT_EQ(rule.workloads.size(), 1U);
  EXPECT_EQ(rule.workloads[0].needs, "a kernel in FIPS mode");
  EXPECT_TRUE(rule.workloads[0].packages.at(0).name.fits("a-vpn"));
}

TEST(ReadRule, TheShippedRuleIsThePublishedOne) {
  const Rule rule = shipped_rule("kernel-independent");
  EXPECT_EQ(to_string(rule.built_from.value()), "2024-11-07");
  ASSERT_EQ(rule.required.size(), 2U);
  EXPECT_EQ(rule.required[0].name + ">=" + rule.required[0].minimum, "libcrypto3>=3.4.0-r2");
  EXPECT_EQ(rule.required[1].name + ">=" + rule.required[1].minimum, "openssl-config-fipshardened>=3.4.0-r3");
  ASSERT_EQ(rule.excluded.size(), 3U);
  EXPECT_EQ(rule.excluded[2].name.describe(), "any name with -cni- in it");
  ASSERT_EQ(rule.indicators.size(), 3U);
  EXPECT_TRUE(shipped_rule("kernel-dependent").required.empty());
  EXPECT_EQ(shipped_rule("kernel-dependent").workloads.size(), 10U);
}

TEST(ReadRule, AMistypedKeyIsCorrected) {
  EXPECT_EQ(refusal("minimum:", "minimun:"),
            "kif: error: cannot read r.yaml:10:5: unknown key \"minimun\" in a required package\n"
            "  hint: did you mean \"minimum\"?\n");
  EXPECT_EQ(refusal("built_from:", "built-from:"),
            "kif: error: cannot read r.yaml:7:1: unknown key \"built-from\" in a rules file\n"
            "  hint: did you mean \"built_from\"?\n");
  EXPECT_EQ(refusal("reason:", "because:"),
            "kif: error: cannot read r.yaml:13:5: unknown key \"because\" in an excluded name\n"
            "  hint: its keys are name, contains, prefix, suffix, reason\n");
}

TEST(ReadRule, AKeyThatStandsTwice) {
  EXPECT_EQ(refusal("source: my house", "title: other"),
            "kif: error: cannot read r.yaml:4:1: key \"title\" appears twice in one map, first in line 3\n");
}

TEST(ReadRule, WhatIsMissing) {
  EXPECT_EQ(refusal("    minimum: 3.5.1-1\n", ""),
            "kif: error: cannot read r.yaml:9:5: a required package needs the key \"minimum\"\n");
  EXPECT_EQ(refusal("source: my house\n", ""),
            "kif: error: cannot read r.yaml:1:1: a rules file needs the key \"source\"\n");
  EXPECT_EQ(refusal("source: my house", "source:"), "kif: error: cannot read r.yaml:4:1: \"source\" has no value\n");
  EXPECT_EQ(refusal("source: my house", "source: \"\""),
            "kif: error: cannot read r.yaml:4:9: \"source\" has no value\n");
  EXPECT_EQ(refusal("ecosystem: deb\n", ""),
            "kif: error: cannot read r.yaml:1:1: a rules file needs the key \"ecosystem\"\n");
}

TEST(ReadRule, ValuesOfTheWrongKind) {
  EXPECT_EQ(refusal("title: my rule", "title: [my, rule]"),
            "kif: error: cannot read r.yaml:3:8: \"title\" must be a text\n  expected: text\n  got:      a list\n");
  EXPECT_EQ(refusal("required:\n  - name: libssl3t64\n    minimum: 3.5.1-1", "required: libssl3t64"),
            "kif: error: cannot read r.yaml:8:11: \"required\" is a list\n  expected: a list\n  got:      text\n");
  EXPECT_EQ(refusal("- name: libssl3t64\n    minimum: 3.5.1-1", "- libssl3t64"),
            "kif: error: cannot read r.yaml:9:5: a required package is a map of keys and values\n"
            "  expected: a map\n  got:      text\n");
  EXPECT_EQ(refusal("- one\n- two\n"), "kif: error: cannot read r.yaml:1:1: a rules file is a map of keys and values\n"
                                       "  expected: a map\n  got:      a list\n");
  EXPECT_EQ(refusal("title: my rule", "[a, b]: my rule"), "kif: error: cannot read r.yaml:3:1: a key must be text\n");
}

TEST(ReadRule, DatesThatAreNone) {
  for (const std::string bad : {"2024-13-01", "2024-02-30", "07.11.2024", "2024-11-7", "2024-11-07T00:00:00Z"})
    EXPECT_EQ(refusal("2026-01-01", bad), "kif: error: cannot read r.yaml:7:13: \"built_from\" is not a date\n"
                                          "  expected: year-month-day, such as 2024-11-07\n  got:      \"" +
                                              bad + "\"\n");
}

TEST(ReadRule, VersionsThatAreNone) {
  EXPECT_EQ(refusal("3.5.1-1", "v3"),
            "kif: error: cannot read r.yaml:10:14: cannot read deb version \"v3\": no upstream version at character 1\n"
            "  expected: a digit\n  got:      \"v\"\n");
}

TEST(ReadRule, WordsThatAreNotAmongThoseKnown) {
  EXPECT_EQ(refusal("schema: kif.rules/1", "schema: kif.rules/2"),
            "kif: error: cannot read r.yaml:1:9: unknown schema\n  expected: kif.rules/1\n  got:      kif.rules/2\n");
  EXPECT_EQ(refusal("ecosystem: deb", "ecosystem: npm"),
            "kif: error: cannot read r.yaml:6:12: unknown ecosystem\n  expected: apk, deb or rpm\n  got:      npm\n");
  EXPECT_EQ(refusal("means: esv", "means: certified"),
            "kif: error: cannot read r.yaml:16:32: unknown meaning\n  expected: cmvp, esv or module-in-process\n"
            "  got:      certified\n");
  EXPECT_EQ(refusal("id: mine", "id: My Rule"), "kif: error: cannot read r.yaml:2:5: \"id\" of a rule\n"
                                                "  expected: at most 64 of a-z, 0-9 and -\n  got:      My Rule\n");
  EXPECT_EQ(refusal("id: VPN", "id: vpn"), "kif: error: cannot read r.yaml:18:9: \"id\" of a workload\n"
                                           "  expected: at most 64 of A-Z, 0-9 and -\n  got:      vpn\n");
  EXPECT_EQ(refusal("name: libssl3t64", "name: libssl3 t64"),
            "kif: error: cannot read r.yaml:9:11: \"name\" is not the name of a package\n"
            "  expected: printable characters without blanks\n  got:      libssl3 t64\n");
}

TEST(ReadRule, APatternIsOneOfFour) {
  EXPECT_EQ(refusal("contains: -cni-", "contains: -cni-\n    name: x"),
            "kif: error: cannot read r.yaml:12:5: one of \"name\", \"contains\", \"prefix\" and \"suffix\" is needed\n"
            "  expected: one\n  got:      2\n");
  EXPECT_EQ(refusal("  - prefix: bad-", "  - reason: bad"),
            "kif: error: cannot read r.yaml:14:5: one of \"name\", \"contains\", \"prefix\" and \"suffix\" is needed\n"
            "  expected: one\n  got:      0\n");
}

TEST(ReadRule, ARuleThatEverythingMeets) {
  EXPECT_EQ(refusal("required:\n  - name: libssl3t64\n    minimum: 3.5.1-1\n", "required: []\n"),
            "kif: error: cannot read r.yaml:8:11: it requires no package, and names no workload\n");
  EXPECT_EQ(refusal("schema: kif.rules/1\nid: a\ntitle: a\nsource: a\ndate: 2026-01-01\n"),
            "kif: error: cannot read r.yaml:1:1: it requires no package, and names no workload\n");
}

TEST(ReadRule, AListOfWorkloadsHoldsNothingOfARule) {
  const std::string workloads =
      "schema: kif.rules/1\nid: a\ntitle: a\nsource: a\ndate: 2026-01-01\nworkloads:\n"
      "  - id: VPN\n    title: a VPN\n    needs: a kernel\n    packages:\n      - ecosystem: apk\n"
      "        name: vpn\n";
  EXPECT_EQ(refusal(workloads), "no error");
  EXPECT_EQ(refusal(workloads + "built_from: 2099-01-01\n"),
            "kif: error: cannot read r.yaml:13:13: built_from is in a file that requires no package\n");
  EXPECT_EQ(refusal(workloads + "ecosystem: apk\nexcluded:\n  - name: x\n"),
            "kif: error: cannot read r.yaml:15:3: excluded is in a file that requires no package\n");
}

TEST(ReadRule, YamlThatIsNone) {
  EXPECT_EQ(refusal("title: my rule", "title: \"my rule"),
            "kif: error: cannot read r.yaml:22:39: not YAML: illegal EOF in scalar\n");
  EXPECT_EQ(refusal("title: my rule", "title: a: b"),
            "kif: error: cannot read r.yaml:3:9: not YAML: illegal map value\n");
  EXPECT_EQ(refusal("title: my rule", "\ttitle: my rule"),
            "kif: error: cannot read r.yaml:3:1: not YAML: illegal tab when looking for indentation\n");
  EXPECT_EQ(refusal(""), "kif: error: cannot read r.yaml: it is empty\n");
  EXPECT_EQ(refusal("# nothing\n"), "kif: error: cannot read r.yaml: it is empty\n");
}

TEST(ReadRule, MoreOfYamlThanARuleNeeds) {
  EXPECT_EQ(refusal("title: my rule", "title: &a my rule"),
            "kif: error: cannot read r.yaml:3:8: anchors are not accepted; write the value out in each place\n");
  EXPECT_EQ(refusal("title: my rule\nsource: my house", "title: &a my rule\nsource: *a"),
            "kif: error: cannot read r.yaml:3:8: anchors are not accepted; write the value out in each place\n");
  EXPECT_EQ(refusal("title: my rule", "title: *a"),
            "kif: error: cannot read r.yaml:3:8: not YAML: the referenced anchor is not defined\n");
  EXPECT_EQ(refusal("title: my rule", "title: !!str my rule"),
            "kif: error: cannot read r.yaml:3:8: tags are not accepted: \"tag:yaml.org,2002:str\"\n");
  EXPECT_EQ(refusal(k_good + "---\n" + k_good), "kif: error: cannot read r.yaml:24:1: a second document in one file\n");
  EXPECT_EQ(refusal("title: my rule", "title: \"my\\erule\""),
            "kif: error: cannot read r.yaml:3:8: \"title\" holds a line break or another control character\n");
  EXPECT_EQ(refusal("title: my rule", "title: |\n  my\n  rule"),
            "kif: error: cannot read r.yaml:3:8: \"title\" holds a line break or another control character\n");
}

TEST(ReadRule, Bounds) {
  EXPECT_EQ(refusal("title: " + std::string(1024 * 1024, 'x')),
            "kif: error: cannot read r.yaml: it is too large\n"
            "  expected: at most 1048576 bytes\n  got:      1048583 bytes\n");
  EXPECT_EQ(refusal("title: my rule", "title: " + std::string(17, '[') + std::string(17, ']')),
            "kif: error: cannot read r.yaml:3:23: nested deeper than 16\n");
  EXPECT_EQ(refusal(std::string(100'000, '[')), "kif: error: cannot read r.yaml:1:9: nested deeper than 16\n");
  std::string many = "required:\n";
  for (int i = 0; i < 10'000; ++i)
    many += "- x\n";
  EXPECT_EQ(refusal(many), "kif: error: cannot read r.yaml:9999:3: too many values\n");
  EXPECT_EQ(parse_rule(many, "r.yaml").error().code, ErrorCode::too_large);
}

} // namespace
} // namespace kif::verify
