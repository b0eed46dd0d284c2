// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::text {
namespace {

std::string encoded(char32_t value) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (value < 0x80)
    return {byte(value)};
  if (value < 0x800)
    return {byte(0xC0 | value >> 6U), byte(0x80 | (value & 0x3FU))};
  if (value < 0x10000)
    return {byte(0xE0 | value >> 12U), byte(0x80 | (value >> 6U & 0x3FU)), byte(0x80 | (value & 0x3FU))};
  return {byte(0xF0 | value >> 18U), byte(0x80 | (value >> 12U & 0x3FU)), byte(0x80 | (value >> 6U & 0x3FU)),
          byte(0x80 | (value & 0x3FU))};
}

TEST(Utf8, EveryCharacterIsReadAndNoSurrogateIs) {
  for (char32_t value = 0; value <= 0x10FFFF; ++value) {
    const std::string bytes = encoded(value);
    const Character character = first_character(bytes + "x");
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    ASSERT_EQ(character.bytes, is_surrogate ? 0 : bytes.size()) << static_cast<std::uint32_t>(value);
    ASSERT_EQ(character.value, is_surrogate ? 0 : value);
    for (std::size_t length = 1; length < bytes.size(); ++length) {
      ASSERT_EQ(first_character(std::string_view(bytes).substr(0, length)).bytes, 0U) << "cut off";
      ASSERT_EQ(first_character(bytes.substr(0, length) + "xyz").bytes, 0U) << "not gone on with";
    }
  }
}

TEST(Utf8, OverlongFormsAndValuesOutOfRangeAreNotUtf8) {
  for (const std::string_view bytes :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF"})
    EXPECT_EQ(first_character(bytes).bytes, 0U);
}

} // namespace
} // namespace kif::text
