// SPDX-License-Identifier: Apache-2.0
#include "init/failure.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace kif::init {
namespace {

TEST(Failure, CodesAreDistinctAndBetween80And99) {
  std::set<int> codes;
  for (const Failure failure : k_failures) {
    EXPECT_GE(exit_code(failure), 80);
    EXPECT_LE(exit_code(failure), 99);
    codes.insert(exit_code(failure));
  }
  EXPECT_EQ(codes.size(), k_failures.size());
}

TEST(Failure, TheManualHasARowForEachCodeWithItsName) {
  std::ifstream file(KIF_SOURCE_DIR "/docs/kif-init.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Failure failure : k_failures) {
    const std::string row = "| " + std::to_string(exit_code(failure)) + " | " + std::string(to_string(failure)) + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

} // namespace
} // namespace kif::init
