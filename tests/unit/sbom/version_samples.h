// SPDX-License-Identifier: Apache-2.0
// What the tests of the three kinds of versions share: a table of comparisons, a table of refusals, and how they are
// held to a type.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/result.h"

namespace kif::sbom {

/// left, one of < = >, right.
struct Comparison {
  const char* left;
  char order;
  const char* right;
};

struct Refusal {
  const char* text;
  const char* message; ///< after `cannot read KIND version "TEXT": `
  const char* expected;
  const char* got;
};

inline char symbol(std::weak_ordering order) {
  return std::is_lt(order) ? '<' : std::is_gt(order) ? '>' : '=';
}

/// Both ways round, and == with it; each version is printed as it was read.
template <class Version> void expect_comparison(const Comparison& expected) {
  const std::string shown = std::string(expected.left) + " " + expected.order + " " + expected.right;
  const auto left = Version::parse(expected.left);
  const auto right = Version::parse(expected.right);
  ASSERT_TRUE(left) << shown << ": " << left.error().render("test");
  ASSERT_TRUE(right) << shown << ": " << right.error().render("test");
  const char reverse = expected.order == '<' ? '>' : expected.order == '>' ? '<' : '=';
  EXPECT_EQ(symbol(*left <=> *right), expected.order) << shown;
  EXPECT_EQ(symbol(*right <=> *left), reverse) << shown;
  EXPECT_EQ(*left == *right, expected.order == '=') << shown;
  EXPECT_EQ(left->text(), expected.left);
}

template <class Version> void expect_refusal(std::string_view kind, const Refusal& refusal) {
  const auto version = Version::parse(refusal.text);
  ASSERT_FALSE(version) << refusal.text;
  EXPECT_EQ(version.error().code, ErrorCode::invalid_input) << refusal.text;
  EXPECT_EQ(version.error().message,
            "cannot read " + std::string(kind) + " version \"" + refusal.text + "\": " + refusal.message);
  EXPECT_EQ(version.error().expected, refusal.expected) << refusal.text;
  EXPECT_EQ(version.error().got, refusal.got) << refusal.text;
}

/// Lengths at the bound and over it, and bytes that no version holds, for a kind in which "1" and digits after it are a
/// version.
template <class Version> void expect_bounds(std::string_view kind) {
  EXPECT_TRUE(Version::parse(std::string(255, '1')));
  for (const std::size_t size : {std::size_t{256}, std::size_t{1} << 24U}) {
    const auto version = Version::parse(std::string(size, '1'));
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, ErrorCode::too_large);
    EXPECT_EQ(version.error().expected, "at most 255 bytes");
    EXPECT_EQ(version.error().got, std::to_string(size) + " bytes");
    EXPECT_LT(version.error().message.size(), 300U) << "the text itself must be cut";
  }
  const auto empty = Version::parse("");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().message, "cannot read " + std::string(kind) + " version \"\": it is empty");
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"1\0"sv, "\0"sv, "1 "sv, " 1"sv, "1\n"sv, "1.0\x1b[31m"sv, "1.\xff"sv, "1.\xce\xb1"sv, "1/2"sv, "1%2"sv}) {
    const auto version = Version::parse(text);
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, ErrorCode::invalid_input);
  }
}

} // namespace kif::sbom
