// SPDX-License-Identifier: Apache-2.0
#include "entropy/jitter_results.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::entropy {
namespace {

// As jent_status of 3.7.0 writes it, as far as it is looked at.
const std::string k_good = R"({
	"version": "3.7.0",
	"healthFailure": {
		"apt": {
			"intermittent": false,
			"permanent": false
		},
		"rct": {
			"intermittent": false,
			"permanent": false
		},
		"lag": {
			"intermittent": false,
			"permanent": false
		}
	},
	"configuration": {
		"osr": 3,
		"internalTimer": false,
		"fipsMode": true,
		"flags": {
			"JENT_FORCE_FIPS": true
		}
	}
}
)";

std::string with(const std::string& from, const std::string& to, std::size_t number = 1) {
  std::string text = k_good;
  std::size_t at = text.find(from);
  while (--number > 0)
    at = text.find(from, at + 1);
  return text.replace(at, from.size(), to);
}

TEST(JitterStatusTest, AGoodStatusIsGood) {
  EXPECT_TRUE(is_good_status(k_good));
}

TEST(JitterStatusTest, WhatAClaimRestsOnMustBeSaid) {
  EXPECT_FALSE(is_good_status(with(R"("fipsMode": true)", R"("fipsMode": false)")));
  EXPECT_FALSE(is_good_status(with(R"("fipsMode": true,)", "")));
  EXPECT_FALSE(is_good_status(with(R"("internalTimer": false)", R"("internalTimer": true)")));
  EXPECT_FALSE(is_good_status(with(R"("internalTimer": false,)", "")));
  EXPECT_FALSE(is_good_status(with("healthFailure", "health")));
  EXPECT_FALSE(is_good_status(""));
  EXPECT_FALSE(is_good_status("{\"fipsMode\""));
}

TEST(JitterStatusTest, AFailureOfAnyTestCounts) {
  for (const std::size_t number : {1, 2, 3}) {
    EXPECT_FALSE(is_good_status(with(R"("intermittent": false)", R"("intermittent": true)", number))) << number;
    EXPECT_FALSE(is_good_status(with(R"("permanent": false)", R"("permanent": true)", number))) << number;
  }
}

} // namespace
} // namespace kif::entropy
