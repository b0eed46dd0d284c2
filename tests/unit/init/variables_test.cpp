// SPDX-License-Identifier: Apache-2.0
#include "init/variables.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace kif::init {
namespace {

std::map<std::string, std::string>& environment() {
  static std::map<std::string, std::string> variables;
  return variables;
}

char* get(const char* name) {
  const auto found = environment().find(name);
  return found == environment().end() ? nullptr : found->second.data();
}

Result<void> checked(const std::map<std::string, std::string>& variables) {
  environment() = variables;
  return check_variables(get);
}

TEST(Variables, KnownValuesAndNoneAreGood) {
  EXPECT_TRUE(checked({}));
  EXPECT_TRUE(checked({{"KIF_STATUS", ""}, {"KIF_BROKER", ""}, {"KIF_CATCH_ALL", ""}}));
  EXPECT_TRUE(checked({{"KIF_STATUS", "quiet"}, {"KIF_BROKER", "off"}, {"KIF_CATCH_ALL", "off"}}));
  EXPECT_TRUE(checked({{"KIF_STATUS", "text"}, {"KIF_BROKER", "on"}, {"KIF_CATCH_ALL", "auto"}}));
  EXPECT_TRUE(checked({{"KIF_REQUIRE_HARDWARE_TIMER", "whatever"}}));
}

TEST(Variables, AMisspeltValueIsAnOrderThatNobodyFollows) {
  EXPECT_EQ(checked({{"KIF_CATCH_ALL", "of"}}).error().render("kif-init"),
            "kif-init: error: cannot use the variable KIF_CATCH_ALL\n"
            "  expected: one of auto, on, off\n"
            "  got:      of\n");
  EXPECT_EQ(checked({{"KIF_BROKER", "0"}}).error().expected, "one of on, off");
  EXPECT_EQ(checked({{"KIF_STATUS", "JSON"}}).error().expected, "one of text, json, quiet");
}

} // namespace
} // namespace kif::init
