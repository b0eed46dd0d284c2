// SPDX-License-Identifier: Apache-2.0
#include "facts/approved.h"

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::facts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view k_good = R"(schema: kif.approved/1
switches:
  - {key: first-check, feature: one}
  - {key: always-check}
features:
  - name: one
    title: the first
    guard: true
    source: a standard
    date: 2026-11-28
  - {name: two, title: the second, algorithms: [Ed25519], before: '3.4', source: another, date: 2026-11-28}
tls: {ciphers: [A, B], groups: [P-256], hybrid_groups: [H]}
post_quantum: {certificates: [], source: a page, date: 2026-11-28}
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(k_good);
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string error_of(const std::string& text) {
  const auto table = parse_approved(text, "a.yaml");
  return table ? "accepted" : table.error().render("kif");
}

TEST(Approved, IsReadWhole) {
  const ApprovedTable table = parse_approved(k_good, "a.yaml").value();
  ASSERT_EQ(table.switches.size(), 2U);
  EXPECT_EQ(table.switches[0].key, "first-check");
  EXPECT_EQ(table.switches[0].feature, "one");
  EXPECT_EQ(table.switches[1].feature, "");
  ASSERT_NE(table.find("two"), nullptr);
  EXPECT_TRUE(table.find("one")->is_guarded);
  EXPECT_FALSE(table.find("two")->is_guarded);
  EXPECT_THAT(table.find("two")->algorithms, ElementsAre("Ed25519"));
  EXPECT_EQ(table.find("two")->before, (ReleaseLine{3, 4}));
  EXPECT_EQ(table.find("one")->before, std::nullopt);
  EXPECT_THAT(table.hybrid_groups, ElementsAre("H"));
  EXPECT_EQ(table.find("three"), nullptr);
}

TEST(Approved, WhatDoesNotFitIsRefusedWithItsPlace) {
  EXPECT_EQ(error_of(with("feature: one", "feature: none")),
            "kif: error: cannot read a.yaml:3:33: unknown feature \"none\"\n");
  EXPECT_THAT(error_of(with("always-check", "first-check")),
              HasSubstr("a.yaml:4:11: switch \"first-check\" appears twice"));
  EXPECT_THAT(error_of(with("name: two", "name: one")), HasSubstr("feature \"one\" appears twice"));
  EXPECT_THAT(error_of(with("'3.4'", "'3'")), HasSubstr("\"before\" is not a release of OpenSSL"));
  EXPECT_THAT(error_of(with("guard: true", "guard: perhaps")), HasSubstr("\"guard\" must be true or false"));
  EXPECT_THAT(error_of(with("always-check", "'always = 0'")), HasSubstr("\"key\" is not a name"));
  EXPECT_THAT(error_of(with("ciphers: [A, B], ", "")), HasSubstr("needs the key \"ciphers\""));
  EXPECT_THAT(error_of(with("approved/1", "approved/2")), HasSubstr("unknown schema"));
  EXPECT_THAT(error_of(with("    source: a standard\n", "")), HasSubstr("needs the key \"source\""));
}

TEST(Approved, WhatCountsOfPostQuantumAlgorithmsIsASentence) {
  EXPECT_EQ(parse_approved(k_good, "a.yaml")->post_quantum.describe(),
            "ML-KEM, ML-DSA and SLH-DSA count as approved under no certificate that is known (a page, 2026-11-28)");
  EXPECT_EQ(parse_approved(with("certificates: []", "certificates: [\"CMVP #1\", \"CMVP #2\"]"), "a.yaml")
                ->post_quantum.describe(),
            "ML-KEM, ML-DSA and SLH-DSA count as approved under CMVP #1, CMVP #2 (a page, 2026-11-28)");
}

TEST(Approved, FeaturesAreChosenByName) {
  const ApprovedTable table = parse_approved(k_good, "a.yaml").value();
  EXPECT_THAT(choose_features(table, {}).value(), ElementsAre());
  EXPECT_THAT(choose_features(table, {"two", "one"}).value(), ElementsAre("one", "two"));
  EXPECT_THAT(choose_features(table, {"two, one", "two"}).value(), ElementsAre("one", "two"));
  EXPECT_EQ(choose_features(table, {"neither"}).error().render("kif"),
            "kif: error: unknown feature \"neither\" in --compat\n  hint: the features are one, two\n");
  EXPECT_FALSE(choose_features(table, {""}));
  EXPECT_FALSE(choose_features(table, {"one,"}));
}

TEST(Approved, OurTableIsGood) {
  const auto table = read_approved(std::string(KIF_DATA_DIR) + "/approved.yaml");
  ASSERT_TRUE(table) << table.error().render("kif");
  EXPECT_EQ(choose_features(*table, {"sha1-signature"}).error().hint, "did you mean sha1-signatures?");
  for (const Switch& one : table->switches)
    EXPECT_TRUE(!one.feature.empty() || one.key == "pbkdf2-lower-bound-check") << one.key;
  for (const Feature& feature : table->features) { // each can be refused in at least one way
    bool has_switch = false;
    for (const Switch& one : table->switches)
      has_switch = has_switch || one.feature == feature.name;
    EXPECT_TRUE(has_switch || feature.is_guarded || !feature.algorithms.empty() || !feature.ciphers.empty() ||
                !feature.hybrid_groups.empty())
        << feature.name;
  }
}

/// docs/compatibility.md has what was measured with each module: "compat" where --compat brings something back.
TEST(Approved, OurTableKnowsWithWhichModulesCompatHasAnEffect) {
  const auto table = read_approved(std::string(KIF_DATA_DIR) + "/approved.yaml");
  ASSERT_TRUE(table);
  std::ifstream document(std::string(KIF_DATA_DIR) + "/../docs/compatibility.md");
  std::vector<std::string> modules;
  std::map<std::string, std::vector<bool>> measured;
  for (std::string line; std::getline(document, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');)
      cells.push_back(cell);
    if (line.starts_with("| | | module "))
      for (std::size_t i = 3; i < cells.size(); ++i)
        modules.push_back(cells[i].substr(8, cells[i].find_last_not_of(' ') - 7));
    if (!line.starts_with("| `") || cells.size() != 3 + modules.size())
      continue;
    const std::string name = cells[1].substr(2, cells[1].rfind('`') - 2);
    auto& effects = measured[name];
    effects.resize(modules.size());
    for (std::size_t i = 0; i < modules.size(); ++i)
      effects[i] = effects[i] || cells[3 + i].find("compat") != std::string::npos;
  }
  ASSERT_EQ(modules.size(), 5U);
  for (const Feature& feature : table->features) {
    ASSERT_TRUE(measured.contains(feature.name)) << feature.name;
    for (std::size_t i = 0; i < modules.size(); ++i)
      EXPECT_EQ(feature.has_effect(release_line_of(modules[i]).value()), measured[feature.name][i])
          << feature.name << " with " << modules[i];
  }
}

TEST(ReleaseLine, IsThatOfAVersion) {
  EXPECT_EQ(release_line_of("3.5.9"), (ReleaseLine{3, 5}));
  EXPECT_EQ(release_line_of("3.0.7-395c1a240fbfffd8"), (ReleaseLine{3, 0}));
  EXPECT_EQ(release_line_of("4.0"), (ReleaseLine{4, 0}));
  EXPECT_LT(release_line_of("3.10.0"), release_line_of("4.0.0"));
  for (const char* bad : {"", "3", "3.", ".5", "3.x", "3.5x", "v3.5", "-3.5"})
    EXPECT_EQ(release_line_of(bad), std::nullopt) << bad;
}

} // namespace
} // namespace kif::facts
