// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/glibc.h"

#include <gmock/gmock.h>
#include <gnu/libc-version.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "elf/elf_builder.h"

namespace kif::image {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

elf::File file_that_needs(const std::vector<std::string>& versions) {
  return elf::parse(bytes(elf::build_elf({.needs = {{"libc.so.6", versions}}})), "x").value();
}

Glibc glibc_with(const elf::Recipe& recipe) {
  return Glibc::of(bytes(elf::build_elf(recipe)), "libc.so.6").value();
}

TEST(GlibcVersionTest, Parses) {
  EXPECT_EQ(GlibcVersion::parse("2.36"), (GlibcVersion{2, 36}));
  EXPECT_EQ(GlibcVersion::parse("GLIBC_2.2.5"), (GlibcVersion{2, 2}));
  for (const char* text : {"", "2", "2.", ".36", "2.x", "2.36.", "2.36 ", "GLIBC_PRIVATE", "99999999999.1", "-2.36"})
    EXPECT_EQ(GlibcVersion::parse(text), std::nullopt) << text;
  EXPECT_LT((GlibcVersion{2, 9}), (GlibcVersion{2, 36}));
}

TEST(GlibcTest, ReadsThisMachinesOwn) {
  for (const char* path : {"/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"}) {
    const auto content = read_file(path, 64 << 20);
    if (!content)
      continue;
    EXPECT_EQ(Glibc::of(bytes(*content), path).value().version.text(), gnu_get_libc_version());
    return;
  }
  FAIL() << "no libc.so.6 found on this machine";
}

TEST(GlibcTest, TheNewerOfDefinitionsAndBannerCounts) {
  EXPECT_EQ(glibc_with({.definitions = {"GLIBC_2.2.5", "GLIBC_2.39", "GLIBC_PRIVATE"},
                        .text = "GNU C Library (GNU libc) stable release version 2.40.\n"})
                .version,
            (GlibcVersion{2, 40}));
  EXPECT_EQ(glibc_with({.definitions = {"GLIBC_2.2.5", "GLIBC_2.39"}}).version, (GlibcVersion{2, 39}));
}

TEST(GlibcTest, AnotherLibcUnderTheNameIsRefused) {
  const auto result = Glibc::of(bytes(elf::build_elf({.soname = "libc.so.6"})), "lib/libc.so.6");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unsupported);
  EXPECT_EQ(result.error().message, "cannot use lib/libc.so.6: defines no version of glibc");
}

TEST(GlibcTest, AFileThatNeedsANewerGlibcIsRefusedWithBothVersions) {
  const Glibc glibc = glibc_with({.definitions = {"GLIBC_2.36"}});
  EXPECT_TRUE(check_loadable(file_that_needs({"GLIBC_2.2.5", "GLIBC_2.36"}), "fips.so", glibc));
  const auto result = check_loadable(file_that_needs({"GLIBC_2.38", "GLIBC_2.4"}), "fips.so", glibc);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().render("kif"), "kif: error: cannot use fips.so: it needs a newer glibc than the image has\n"
                                          "  expected: glibc 2.38 or newer\n"
                                          "  got:      glibc 2.36\n");
}

TEST(GlibcTest, AFeatureThatTheGlibcLacksIsNamed) {
  const elf::File file = file_that_needs({"GLIBC_2.36", "GLIBC_ABI_DT_RELR"});
  EXPECT_TRUE(check_loadable(file, "x", glibc_with({.definitions = {"GLIBC_2.36", "GLIBC_ABI_DT_RELR"}})));
  const auto result = check_loadable(file, "x", glibc_with({.definitions = {"GLIBC_2.36"}}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().expected, "GLIBC_ABI_DT_RELR");
}

} // namespace
} // namespace kif::image
