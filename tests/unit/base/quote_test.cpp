// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(Quote, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shortened(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(shortened(std::string(201, 'x')), std::string(200, 'x') + "…");
  EXPECT_EQ(shortened("abcdef", 3), "abc…");
  EXPECT_EQ(shortened("ab\u00e9", 3), "ab…");
  EXPECT_EQ(shortened("a\U0001F511b", 3), "a…");
  EXPECT_EQ(shortened("", 0), "");
}

TEST(Quote, WhatIsNotUtf8IsCutToo) {
  EXPECT_EQ(shortened(std::string(9, '\x80'), 4), std::string(1, '\x80') + "…");
  EXPECT_EQ(shortened("\x80\x80\x80", 1), "…");
}

TEST(Quote, NothingIsEscapedHere) {
  EXPECT_EQ(in_quotes("a\x1b\n"), "\"a\x1b\n\"");
}

} // namespace
} // namespace kif
