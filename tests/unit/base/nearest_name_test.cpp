// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

const std::vector<std::string> k_names = {"harden", "verify", "run", "version", "--module", "--entropy-lib"};

TEST(NearestName, FindsWhatFingersMeant) {
  EXPECT_EQ(nearest_name("hraden", k_names), "harden");
  EXPECT_EQ(nearest_name("verfy", k_names), "verify");
  EXPECT_EQ(nearest_name("rnu", k_names), "run");
  EXPECT_EQ(nearest_name("--modul", k_names), "--module");
  EXPECT_EQ(nearest_name("--entropy-library", k_names), "--entropy-lib");
}

TEST(NearestName, OffersNothingForAnotherWord) {
  EXPECT_EQ(nearest_name("destroy", k_names), std::nullopt);
  EXPECT_EQ(nearest_name("", k_names), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'h'), k_names), std::nullopt);
  EXPECT_EQ(nearest_name("harden", {}), std::nullopt);
}

} // namespace
} // namespace kif
