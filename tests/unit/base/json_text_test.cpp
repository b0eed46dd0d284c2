// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(JsonText, WhatJsonForbidsIsEscaped) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a \"b\" \\c"), R"("a \"b\" \\c")");
  EXPECT_EQ(json_string(std::string_view("\n\t\0\x1f", 4)), R"("\u000a\u0009\u0000\u001f")");
}

TEST(JsonText, Utf8StaysAndOtherBytesAreReplacedOneByOne) {
  EXPECT_EQ(json_string("§ € \xF0\x9F\x94\x91"), "\"§ € \xF0\x9F\x94\x91\"");
  EXPECT_EQ(json_string("a\xff\xfe"), "\"a\uFFFD\uFFFD\"");
  EXPECT_EQ(json_string("\xE2\x82"), "\"\uFFFD\uFFFD\"");           // cut short
  EXPECT_EQ(json_string("\xC0\xAF"), "\"\uFFFD\uFFFD\"");           // overlong
  EXPECT_EQ(json_string("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\""); // a surrogate
}

} // namespace
} // namespace kif
