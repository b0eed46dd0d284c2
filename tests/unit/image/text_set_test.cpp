// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/text_set.h"

#include <random>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Places = std::vector<std::pair<std::size_t, std::size_t>>;

Places places(const std::vector<std::string_view>& texts, std::string_view content) {
  Places found;
  TextSet(texts).visit(content, [&](std::size_t text, std::size_t at) { found.emplace_back(text, at); });
  return found;
}

TEST(TextSet, FindsEveryPlace) {
  EXPECT_THAT(places({"123456789_", "abcdefghij"}, "123456789_.abcdefghij123456789_"),
              ElementsAre(Pair(0, 0), Pair(1, 11), Pair(0, 21)));
  EXPECT_THAT(places({"aaaaaaaaaa"}, "aaaaaaaaaaaa"), ElementsAre(Pair(0, 0), Pair(0, 1), Pair(0, 2)));
}

TEST(TextSet, TextsMayBeginAlike) {
  EXPECT_THAT(places({"beginning ", "beginning of more"}, "-beginning of more"), ElementsAre(Pair(0, 1), Pair(1, 1)));
}

TEST(TextSet, WhatIsCutOffIsNotFound) {
  EXPECT_THAT(places({"123456789_"}, "123456789"), IsEmpty());
  EXPECT_THAT(places({"123456789_x"}, "..123456789_"), IsEmpty());
  EXPECT_THAT(places({"123456789_"}, ""), IsEmpty());
}

// The oracle is a search for each text by itself, over content of few letters, in which nearly everything nearly fits.
TEST(TextSet, AgreesWithASearchForEachText) {
  std::minstd_rand random(7); // NOLINT: the same content each time
  const auto letters = [&](std::size_t count) {
    std::string text(count, 'a');
    for (char& c : text)
      c = "ab\0"[random() % 3];
    return text;
  };
  for (int round = 0; round < 50; ++round) {
    const std::string content = letters(20'000);
    std::vector<std::string> owned;
    for (std::size_t i = 0; i < 12; ++i)
      owned.push_back(i % 2 == 0 ? letters(10 + i % 3) : content.substr(random() % 19'000, 10 + i));
    const std::vector<std::string_view> texts(owned.begin(), owned.end());
    Places expected;
    for (std::size_t at = 0; at < content.size(); ++at)
      for (std::size_t text = 0; text < texts.size(); ++text)
        if (std::string_view(content).substr(at).starts_with(texts[text]))
          expected.emplace_back(text, at);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(places(texts, content), expected);
  }
}

} // namespace
} // namespace kif::image
