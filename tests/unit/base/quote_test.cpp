// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(Quote, WhatSteersATerminalIsEscaped) {
  EXPECT_EQ(escape_controls("plain, \"quoted\", …, Ünïcödé, 漢字, 😀"), "plain, \"quoted\", …, Ünïcödé, 漢字, 😀");
  EXPECT_EQ(escape_controls("\x1b[31m\n\t\x7f"), "\\x1b[31m\\x0a\\x09\\x7f");
  EXPECT_EQ(escape_controls("\xc2\x9b"
                            "31m"),
            "\\xc2\\x9b"
            "31m"); // CSI
  EXPECT_EQ(escape_controls("a\xe2\x80\xae"
                            "b"),
            "a\\xe2\\x80\\xae"
            "b");                                                // right-to-left override
  EXPECT_EQ(escape_controls("\xe2\x81\xa6"), "\\xe2\\x81\\xa6"); // isolate
  EXPECT_EQ(escape_controls("\xe2\x80\xa8"), "\\xe2\\x80\\xa8"); // line separator
}

TEST(Quote, WhatIsNoUtf8IsEscaped) {
  EXPECT_EQ(escape_controls("\x9b"
                            "31m"),
            "\\x9b"
            "31m");
  EXPECT_EQ(escape_controls("\xc3"), "\\xc3");
  EXPECT_EQ(escape_controls("\xc3("), "\\xc3(");
  EXPECT_EQ(escape_controls("\xc0\xaf"), "\\xc0\\xaf");          // overlong
  EXPECT_EQ(escape_controls("\xed\xa0\x80"), "\\xed\\xa0\\x80"); // surrogate
  EXPECT_EQ(escape_controls("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Quote, InAMessageAllIsCutAndPrintable) {
  EXPECT_EQ(printable("a\xc3\xbc\n"), "a\\xc3\\xbc\\x0a");
  EXPECT_EQ(printable(std::string(201, 'x')), std::string(200, 'x') + "…");
}

} // namespace
} // namespace kif
