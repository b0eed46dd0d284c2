// SPDX-License-Identifier: Apache-2.0
#include "entropy/source_error.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace kif::entropy {
namespace {

constexpr int k_last = static_cast<int>(SourceError::no_memory);

TEST(SourceErrorTest, EachErrorHasADescriptionOfItsOwn) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= k_last; ++i) {
    const auto text = describe(static_cast<SourceError>(i));
    EXPECT_TRUE(seen.insert(text).second) << text;
    EXPECT_NE(text, describe(static_cast<SourceError>(k_last + 1))) << i;
    EXPECT_NE(text.back(), '.') << text;
  }
}

TEST(SourceErrorTest, HealthTestsAreNamedWithTheirSections) {
  for (const auto error : {SourceError::repetition_count, SourceError::repetition_count_permanent,
                           SourceError::startup_repetition_count}) {
    EXPECT_NE(describe(error).find("repetition count test"), std::string_view::npos);
    EXPECT_NE(describe(error).find("§4.4.1"), std::string_view::npos);
  }
  for (const auto error : {SourceError::adaptive_proportion, SourceError::adaptive_proportion_permanent}) {
    EXPECT_NE(describe(error).find("adaptive proportion test"), std::string_view::npos);
    EXPECT_NE(describe(error).find("§4.4.2"), std::string_view::npos);
  }
  for (const auto error : {SourceError::lag_predictor, SourceError::lag_predictor_permanent}) {
    EXPECT_NE(describe(error).find("lag predictor test"), std::string_view::npos);
    EXPECT_NE(describe(error).find("§4.5"), std::string_view::npos);
  }
}

TEST(SourceErrorTest, WhatIsIntermittentAndWhatIsPermanent) {
  const std::set<SourceError> intermittent{SourceError::repetition_count, SourceError::adaptive_proportion,
                                           SourceError::lag_predictor, SourceError::repetition_count_memory};
  const std::set<SourceError> no_verdict{SourceError::none, SourceError::startup_out_of_memory,
                                         SourceError::no_collector, SourceError::no_memory};
  for (int i = 0; i <= k_last; ++i) {
    const auto error = static_cast<SourceError>(i);
    EXPECT_EQ(is_intermittent(error), intermittent.count(error) == 1) << describe(error);
    EXPECT_EQ(is_permanent(error), intermittent.count(error) + no_verdict.count(error) == 0) << describe(error);
  }
}

TEST(SourceErrorTest, EachIntermittentFailureHasItsVerdict) {
  std::set<SourceError> verdicts;
  for (int i = 0; i <= k_last; ++i) {
    const auto error = static_cast<SourceError>(i);
    if (!is_intermittent(error))
      continue;
    const SourceError verdict = too_often(error);
    EXPECT_TRUE(is_permanent(verdict));
    EXPECT_TRUE(verdicts.insert(verdict).second);
    const auto test = describe(error).substr(0, describe(error).find(" failed"));
    EXPECT_EQ(describe(verdict).find(std::string(test) + " failed too often for chance"), 0u) << describe(verdict);
  }
  EXPECT_EQ(verdicts.size(), 4u);
}

} // namespace
} // namespace kif::entropy
