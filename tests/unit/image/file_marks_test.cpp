// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/file_marks.h"

#include <gtest/gtest.h>

namespace kif::image {
namespace {

using namespace std::string_view_literals;

FileMarks marks_of(std::string_view text) {
  return find_marks(std::as_bytes(std::span(text)));
}

std::optional<std::string> core_version(std::string_view text) {
  return core_version_in(std::as_bytes(std::span(text)));
}

TEST(FileMarks, FindsTheVersionTextOfLibcrypto) {
  EXPECT_EQ(marks_of("..OpenSSL 3.5.4 30 Sep 2025..").openssl_version, "3.5.4");
  EXPECT_EQ(marks_of("OpenSSL 1.1.1w  11 Sep 2023").openssl_version, "1.1.1w");
  EXPECT_EQ(marks_of("OpenSSL 3.0.7-fips-dev 1 Nov 2022").openssl_version, "3.0.7-fips-dev");
  EXPECT_EQ(marks_of("OpenSSL 3.0.0 or newer; OpenSSL 3.0.2 15 Mar 2022").openssl_version, "3.0.2");
  EXPECT_FALSE(marks_of("OpenSSL 3.5.4").has_openssl());
}

TEST(FileMarks, FindsALibcryptoWithoutItsVersionText) {
  EXPECT_TRUE(marks_of("\0config_diagnostics\0"sv).has_openssl());
  EXPECT_TRUE(marks_of("\xf3"
                       "config_diagnostics\0"sv)
                  .has_openssl())
      << "the first string after other data";
  EXPECT_TRUE(marks_of("\0openssl_conf\0x\0OPENSSL_CONF\0"sv).has_openssl()) << "1.1 and older";
}

TEST(FileMarks, ProgramsThatUseLibcryptoHaveLess) {
  EXPECT_FALSE(marks_of("\0openssl_conf\0"sv).has_openssl());
  EXPECT_FALSE(marks_of("\0OPENSSL_CONF\0"sv).has_openssl());
  EXPECT_FALSE(marks_of("\0set config_diagnostics = 1\0"sv).has_openssl()) << "prose goes on";
  EXPECT_FALSE(marks_of("\0my_config_diagnostics\0"sv).has_openssl()) << "another name";
  EXPECT_FALSE(marks_of("\0config_diagnostics"sv).has_openssl()) << "cut off";
}

TEST(FileMarks, TheCoresVersionIsACString) {
  EXPECT_EQ(core_version("x\0"
                         "3.5.4\0"sv),
            "3.5.4");
  EXPECT_EQ(core_version("\0"
                         "3.5.4\0x\0"
                         "3.5.4\0"sv),
            "3.5.4");
  EXPECT_EQ(core_version("\0"
                         "3.0.7-fips-dev\0"sv),
            "3.0.7-fips-dev");
  EXPECT_EQ(core_version("\0"
                         "4.0.0\0\0"
                         "1.2.13\0\0"
                         "13.2.1\0\0"
                         "3.4\0"sv),
            "4.0.0")
      << "others look different";
}

TEST(FileMarks, AmongSeveralVersionsNoneIsChosen) {
  EXPECT_EQ(core_version("\0"
                         "3.5.4\0\0"
                         "8.5.0\0"sv),
            std::nullopt);
  for (const auto text : {"\0"
                          "3.5\0"sv,
                          "\0"
                          "3.5.4 \0"sv,
                          "3.5.4\0"sv,
                          "\0"
                          "3.5.4"sv,
                          "\0"
                          "3..4\0"sv,
                          "\0"
                          "3.1234.1\0"sv,
                          ""sv})
    EXPECT_EQ(core_version(text), std::nullopt);
}

} // namespace
} // namespace kif::image
