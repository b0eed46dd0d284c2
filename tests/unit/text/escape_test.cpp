// SPDX-License-Identifier: Apache-2.0
#include "text/escape.h"

#include <gtest/gtest.h>

namespace kif::text {
namespace {

TEST(Escape, WhatSteersATerminalIsEscaped) {
  EXPECT_EQ(escape("plain, \"quoted\", …, Ünïcödé, 漢字, 😀"), "plain, \"quoted\", …, Ünïcödé, 漢字, 😀");
  EXPECT_EQ(escape("\x1b[31m\n\t\x7f"), "\\x1b[31m\\x0a\\x09\\x7f");
  EXPECT_EQ(escape("\u009B31m"), "\\xc2\\x9b31m"); // CSI, which terminals obey as ESC [
  EXPECT_EQ(escape("a\u202Eb"), "a\\xe2\\x80\\xaeb");
  EXPECT_EQ(escape("\u2066"), "\\xe2\\x81\\xa6");
  EXPECT_EQ(escape("\u2028"), "\\xe2\\x80\\xa8");
  EXPECT_EQ(escape("\u200B\uFEFF\U000E0041"), "\\xe2\\x80\\x8b\\xef\\xbb\\xbf\\xf3\\xa0\\x81\\x81");
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
}

TEST(Escape, EveryControlCharacterAndEveryMarkOfDirectionIsNotPlain) {
  for (char32_t c = 0; c < 0x20; ++c)
    EXPECT_FALSE(is_plain(c));
  for (char32_t c = 0x7F; c < 0xA0; ++c)
    EXPECT_FALSE(is_plain(c));
  for (const char32_t c : {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067,   0x2068,
                           0x2069, 0x2028, 0x2029, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFFFE, 0x10FFFF, 0xE0001})
    EXPECT_FALSE(is_plain(c)) << static_cast<std::uint32_t>(c);
  for (const char32_t c : {0x20, 0x7E, 0xA0, 0x2013, 0x2026, 0x0627, 0x05D0, 0xFFFD, 0x1F511})
    EXPECT_TRUE(is_plain(c)) << static_cast<std::uint32_t>(c);
}

TEST(Escape, WhatIsNotUtf8IsEscaped) {
  EXPECT_EQ(escape("\x9b"
                   "31m"),
            "\\x9b31m");
  EXPECT_EQ(escape("\xc3"), "\\xc3");
  EXPECT_EQ(escape("\xc3("), "\\xc3(");
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");                   // overlong
  EXPECT_EQ(escape("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");          // CSI in an overlong form
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");          // surrogate
  EXPECT_EQ(escape("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80"); // above U+10FFFF
}

TEST(Escape, WhatIsEscapedIsPlainAndStaysAsItIs) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    for (const char* next : {"", "\x80", "\x9b\xbf", "a"})
      all += static_cast<char>(byte) + std::string(next);
  EXPECT_FALSE(is_plain(all));
  EXPECT_TRUE(is_plain(escape(all)));
  EXPECT_EQ(escape(escape(all)), escape(all));
}

TEST(Escape, AnErrorIsEscapedInAllItsTexts) {
  const Error error = escape(Error(ErrorCode::io, "m\n").with_mismatch("e\x1b", "g\x7f").with_hint("h\u202E"));
  EXPECT_EQ(error.render("kif"),
            "kif: error: m\\x0a\n  expected: e\\x1b\n  got:      g\\x7f\n  hint: h\\xe2\\x80\\xae\n");
}

TEST(Escape, CharactersAreCountedAndNotBytes) {
  EXPECT_EQ(width("a漢\xff"), 3U);
  EXPECT_EQ(first_characters("a漢b", 2), "a漢");
  EXPECT_EQ(first_characters("ab", 9), "ab");
}

} // namespace
} // namespace kif::text
