// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/text_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::image {
namespace {

using testing::ElementsAre;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(TextSearch, FindsWholeRuns) {
  using namespace std::string_view_literals;
  EXPECT_THAT(strings_with(bytes("\0one two\0two\n\0three"sv), "two"), ElementsAre("one two", "two"));
  EXPECT_THAT(strings_with(bytes(""), "two"), testing::IsEmpty());
  EXPECT_LE(strings_with(bytes(std::string(100'000, 'a')), "a").front().size(), 513U);
}

TEST(TextSearch, CStringsStandAlone) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(has_c_string(bytes("x\0module-mac\0y"sv), "module-mac"));
  EXPECT_FALSE(has_c_string(bytes("x\0my-module-mac\0y"sv), "module-mac"));
  EXPECT_FALSE(has_c_string(bytes("x\0module-mac"sv), "module-mac"));
}

TEST(TextSearch, FindsTheVersionTextOfLibcrypto) {
  EXPECT_EQ(openssl_version_at("OpenSSL 3.5.4 30 Sep 2025.."), "3.5.4");
  EXPECT_EQ(openssl_version_at("OpenSSL 1.1.1w  11 Sep 2023"), "1.1.1w");
  EXPECT_EQ(openssl_version_at("OpenSSL 3.0.7-fips-dev 1 Nov 2022"), "3.0.7-fips-dev");
  EXPECT_EQ(openssl_version_at("OpenSSL 1.1.1k  FIPS 25 Mar 2021"), "1.1.1k");
}

TEST(TextSearch, ProseAboutOpensslIsNoVersionText) {
  for (const char* text :
       {"OpenSSL 3.0.0 or newer", "OpenSSL FIPS Provider", "OpenSSL 3.5.4", "OpenSSL 3.5.4 30 Sep 20",
        "OpenSSL 1.1.1 (compatible; BoringSSL)", "OpenSSL ", "OpenSSL 3 1 Sep 2025"})
    EXPECT_EQ(openssl_version_at(text), std::nullopt) << text;
  EXPECT_EQ(openssl_version_at("needs OpenSSL 3.0.2 15 Mar 2022"), std::nullopt) << "not where it begins";
}

} // namespace
} // namespace kif::image
