// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "text/json_document.h"
#include "text/json_string.h"

namespace kif::text {
namespace {

TEST(JsonString, WhatJsonForbidsIsEscaped) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a \"b\" \\c"), R"("a \"b\" \\c")");
  EXPECT_EQ(json_string(std::string_view("\n\t\0\x1f", 4)), R"("\u000a\u0009\u0000\u001f")");
}

TEST(JsonString, WhatSteersATerminalIsEscaped) {
  EXPECT_EQ(json_string("\x7f\u009B\u202E\u2066\uFEFF\U000E0001"), R"("\u007f\u009b\u202e\u2066\ufeff\udb40\udc01")");
}

TEST(JsonString, Utf8StaysAndOtherBytesAreReplacedOneByOne) {
  EXPECT_EQ(json_string("§ € \xF0\x9F\x94\x91"), "\"§ € \xF0\x9F\x94\x91\"");
  EXPECT_EQ(json_string("a\xff\xfe"), "\"a\uFFFD\uFFFD\"");
  EXPECT_EQ(json_string("\xE2\x82"), "\"\uFFFD\uFFFD\"");           // cut short
  EXPECT_EQ(json_string("\xC0\xAF"), "\"\uFFFD\uFFFD\"");           // overlong
  EXPECT_EQ(json_string("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\""); // a surrogate
}

TEST(JsonDocument, IsPlainAndSaysTheSame) {
  const std::string steering = "a\x1b\n\x7f\u009B\u202E\u2066\uFEFF\U000E0001 \"é\" \U0001F511";
  const nlohmann::ordered_json document = {{steering, {1, steering}}, {"empty", nullptr}};
  const std::string text = json_document(document);
  EXPECT_EQ(nlohmann::ordered_json::parse(text), document);
  std::string without_newlines = text;
  std::erase(without_newlines, '\n');
  EXPECT_TRUE(is_plain(without_newlines)) << text;
  EXPECT_EQ(text.find("\\u00e9"), std::string::npos); // what is plain stays readable
  EXPECT_EQ(json_document({{"a", 1}}), "{\n  \"a\": 1\n}\n");
}

TEST(JsonDocument, WhatIsNotUtf8IsReplaced) {
  EXPECT_EQ(json_document({{"a", "x\xff\xc2"}}), "{\n  \"a\": \"x\uFFFD\uFFFD\"\n}\n");
}

} // namespace
} // namespace kif::text
