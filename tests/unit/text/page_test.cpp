// SPDX-License-Identifier: Apache-2.0
#include "text/page.h"

#include <concepts>

#include <gtest/gtest.h>

namespace kif::text {
namespace {

// Nothing that is known only while kif runs can become kif's own words.
static_assert(!std::constructible_from<Words, std::string>);
static_assert(!std::constructible_from<Words, std::string_view>);

TEST(Page, TextFromOutsideMakesNoLineAndSteersNothing) {
  Page page;
  page.line({own("image  "), foreign("a\nverdict: pass\x1b[2K\u202E"), own(" – as it is")});
  EXPECT_EQ(page.plain(), "image  a\\x0averdict: pass\\x1b[2K\\xe2\\x80\\xae – as it is\n");
}

TEST(Page, ColourIsAroundACellAndComesFromNoText) {
  Page page;
  page.line({own("FAIL", Mark::bad), own("  "), foreign("\x1b[32mpass", Mark::faint), own("", Mark::heading)});
  EXPECT_EQ(page.plain(), "FAIL  \\x1b[32mpass\n");
  EXPECT_EQ(page.coloured(), "\x1b[31mFAIL\x1b[0m  \x1b[2m\\x1b[32mpass\x1b[0m\n");
}

TEST(Page, RowsAreAlignedByWhatIsShown) {
  Table table("  ", {{.least_width = 4}, {.is_number = true}, {.gap = 1}, {}});
  table.row({own("a"), number(1), foreign("é\n"), own("x")});
  table.between({own("-")});
  table.row({foreign("漢"), number(100), own("b"), foreign("")});
  Page page;
  page.add(table);
  EXPECT_EQ(page.plain(), "  a       1  é\\x0a x\n"
                          "-\n"
                          "  漢     100  b     \n");
}

TEST(Page, ABlockKeepsItsLinesAndNothingElse) {
  Page page;
  page.block("one\n\n  two\x1b\nthree");
  page.blank();
  EXPECT_EQ(page.plain(), "one\n\n  two\\x1b\nthree\n\n");
}

TEST(Page, FieldsAreApartByTabsOfKifsAlone) {
  Page page;
  page.line({foreign("a\tb"), tab(), foreign("c")});
  EXPECT_EQ(page.plain(), "a\\x09b\tc\n");
}

} // namespace
} // namespace kif::text
