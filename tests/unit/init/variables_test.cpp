// SPDX-License-Identifier: Apache-2.0
#include "base/variables.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "init/arguments.h"

namespace kif::init {
namespace {

Result<void> checked(const std::vector<std::string>& entries) {
  std::vector<const char*> environment;
  for (const std::string& entry : entries)
    environment.push_back(entry.c_str());
  environment.push_back(nullptr);
  return variables::check(environment.data());
}

std::string rendered(const std::vector<std::string>& entries) {
  const auto result = checked(entries);
  return result ? "" : result.error().render("kif-init");
}

TEST(Variables, KnownValuesAndNoneAreGood) {
  EXPECT_EQ(rendered({}), "");
  EXPECT_EQ(rendered({"PATH=/bin", "KIF_STATUS=", "KIF_BROKER=", "KIF_CATCH_ALL="}), "");
  for (const variables::Variable& variable : variables::known())
    for (const std::string_view value : variable.values)
      EXPECT_EQ(rendered({std::string(variable.name) + "=" + std::string(value)}), "");
}

TEST(Variables, AMisspeltValueIsAnOrderThatNobodyFollows) {
  EXPECT_EQ(rendered({"KIF_CATCH_ALL=of"}), "kif-init: error: cannot use the variable KIF_CATCH_ALL\n"
                                            "  expected: one of auto, on, off\n"
                                            "  got:      of\n");
  EXPECT_EQ(checked({"KIF_BROKER=0"}).error().expected, "one of on, off");
  EXPECT_EQ(checked({"KIF_CATCH_ALL=yes"}).error().expected, "one of auto, on, off");
  EXPECT_EQ(checked({"KIF_DRAW_AHEAD=4096"}).error().expected, "one of on, off, 0");
  EXPECT_EQ(checked({"KIF_OPENSSL_CALLS=off"}).error().expected, "one of guarded, untouched");
  EXPECT_EQ(checked({"KIF_STATUS=JSON"}).error().expected, "one of text, json, quiet");
  EXPECT_EQ(checked({"KIF_REQUIRE_HARDWARE_TIMER=false"}).error().expected, "one of off, on, 0, 1");
}

TEST(Variables, AMisspeltNameIsOneToo) {
  EXPECT_EQ(rendered({"KIF_CATCHALL=on"}),
            "kif-init: error: cannot use the variable KIF_CATCHALL: kif has none of that name\n"
            "  expected: KIF_CATCH_ALL (auto, on, off)\n"
            "  got:      KIF_CATCHALL\n"
            "  hint: KIF_IGNORE=KIF_CATCHALL lets a variable of your own through; kif-init --help lists kif's\n");
  EXPECT_EQ(checked({"KIF_BROKR=off"}).error().expected, "KIF_BROKER (on, off)");
  EXPECT_EQ(checked({"KIF_="}).error().message, "cannot use the variable KIF_: kif has none of that name");
  EXPECT_FALSE(checked({"KIF_CATCHALL"})) << "an entry without a value is one too";
}

TEST(Variables, AllThatAreUnknownAreNamedAtOnceAndTheirValuesAreNot) {
  EXPECT_EQ(rendered({"KIF_DATABASE_PASSWORD=hunter2", "KIF_STATUS=json", "KIF_OTHER=hunter3"}),
            "kif-init: error: cannot use the variables KIF_DATABASE_PASSWORD, KIF_OTHER: kif has none of these names\n"
            "  hint: KIF_IGNORE=KIF_DATABASE_PASSWORD,KIF_OTHER lets variables of your own through; kif-init --help "
            "lists kif's\n");
}

TEST(Variables, OnesOwnGoThroughWhereTheyAreListed) {
  EXPECT_EQ(rendered({"KIF_MINE=1", "KIF_TOO=2", "KIF_IGNORE=KIF_MINE,KIF_TOO,KIF_ABSENT"}), "");
  EXPECT_EQ(rendered({"KIF_IGNORE=KIF_MINE", "KIF_MINE=1"}), "") << "in any order";
  EXPECT_EQ(checked({"KIF_IGNORE=KIF_MINE", "KIF_MINES=1"}).error().message,
            "cannot use the variable KIF_MINES: kif has none of that name");
  EXPECT_EQ(checked({"KIF_IGNORE=KIF_BROKER"}).error().message,
            "cannot use the variable KIF_IGNORE: it lists KIF_BROKER, which is kif's");
}

TEST(Variables, WhatCannotBeTakenForKifsIsLeftAlone) {
  EXPECT_EQ(
      rendered({"kif_catch_all=on", "KIF=1", "KIFFER_X=1", "Kif_Broker=of", "KIF_Mixed=1", "KIF_a.b=1", "MY_KIF_X=1"}),
      "");
}

/// A Kubernetes service called kif, or kif-web, puts these into each pod of its name space.
TEST(Variables, ThoseOfAServiceAreNotTheUsers) {
  for (const std::string name : {"KIF", "KIF_WEB"})
    for (const std::string end :
         {"_SERVICE_HOST", "_SERVICE_PORT", "_SERVICE_PORT_HTTP_METRICS", "_PORT", "_PORT_80_TCP", "_PORT_80_TCP_PROTO",
          "_PORT_80_TCP_PORT", "_PORT_80_TCP_ADDR", "_PORT_53_UDP", "_PORT_1_SCTP_ADDR"})
      EXPECT_EQ(rendered({name + end + "=x"}), "");
  EXPECT_NE(rendered({"KIF_PORT_X_TCP=1"}), "");
  EXPECT_NE(rendered({"KIF_PORTS=1"}), "");
}

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Every string of kif's sources that is the name of a variable, in all languages that go into an image.
TEST(Variables, TheTableHasEachThatKifsSourcesRead) {
  const std::regex literal("[\"'](KIF_[A-Z0-9_]+)[\"'=]");
  std::set<std::string> read;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(KIF_SOURCE_DIR "/src")) {
    const std::string kind = entry.path().extension().string();
    if (entry.path().filename() == "variables.cpp") // the table itself
      continue;
    if (entry.path().parent_path().filename() == "cli") // of the user's machine, in no container
      continue;
    if (kind != ".cpp" && kind != ".h" && kind != ".c" && kind != ".py" && kind != ".java")
      continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), literal), end; at != end; ++at)
      read.insert((*at)[1]);
  }
  EXPECT_TRUE(read.contains("KIF_OPENSSL_CALLS") && read.contains("KIF_BROKER"));
  read.insert("KIF_IGNORE"); // read where the table is
  std::set<std::string> known;
  for (const variables::Variable& variable : variables::known())
    known.emplace(variable.name);
  EXPECT_EQ(read, known);
}

TEST(Variables, HelpAndManualHaveEach) {
  const std::string manual = text_of(KIF_SOURCE_DIR "/docs/kif-init.md");
  for (const variables::Variable& variable : variables::known()) {
    const std::string name(variable.name);
    EXPECT_NE(usage().find("\n  " + name + " "), std::string::npos) << name;
    std::string values;
    for (const std::string_view value : variable.values)
      if (!value.empty())
        values += (values.empty() ? "`" : ", `") + std::string(value) + "`";
    const std::string row = "\n| `" + name + "` | " + (values.empty() ? "" : values + " | ");
    EXPECT_NE(manual.find(row), std::string::npos) << row;
  }
}

TEST(Variables, HelpFitsATerminal) {
  std::istringstream lines(usage());
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 100U) << line;
}

} // namespace
} // namespace kif::init
