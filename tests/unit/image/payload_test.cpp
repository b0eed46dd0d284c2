// SPDX-License-Identifier: Apache-2.0
#include "image/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "elf/elf_builder.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;

using Exports = std::vector<std::pair<std::string, std::string>>;

Exports jitter_functions(const std::string& version_body) {
  return {{"jent_version", version_body},
          {"jent_entropy_init_ex", ""},
          {"jent_entropy_collector_alloc", ""},
          {"jent_read_entropy", ""},
          {"jent_entropy_collector_free", ""}};
}

class EntropyLibrary : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-payload-test-").value();
  /// amd64's `mov $number,%eax; ret`.
  static std::string returning(std::uint32_t number) {
    std::string code = "\xb8";
    for (unsigned shift = 0; shift < 32; shift += 8)
      code += static_cast<char>(number >> shift & 0xff);
    return code + "\xc3";
  }

  Result<PayloadFile> read(const elf::Recipe& recipe, const jitterentropy::Settings& settings = {}) {
    const fs::path path = m_dir.path() / "libjitterentropy.so.3";
    auto file = AtomicFile::create(path).value();
    EXPECT_TRUE(file.write(elf::build_elf(recipe)));
    EXPECT_TRUE(file.commit());
    return read_entropy_library(path, settings);
  }
};

TEST_F(EntropyLibrary, DebiansIsReadWithItsVersion) {
  const auto file = read_entropy_library(fs::path(KIF_DEPS_DIR) / "jitterentropy/lib/libjitterentropy.so.3");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->version, testing::MatchesRegex("3\\.6\\.[0-9]+"));
  EXPECT_EQ(file->digest, Digest::of(file->content));
}

TEST_F(EntropyLibrary, TheVersionIsReadOutOfTheFunctionOnBothArchitectures) {
  // 3050000: mov $0x2e8a10,%eax; ret · movz w0,#0x8a10; movk w0,#0x2e,lsl 16; ret
  EXPECT_EQ(read({.exports = jitter_functions(std::string("\xf3\x0f\x1e\xfa\xb8\x10\x8a\x2e\x00\xc3", 10))})->version,
            "3.5.0");
  const std::uint32_t code[] = {0x52800000 | 0x8a10U << 5, 0x72a00000 | 0x2eU << 5, 0xd65f03c0};
  EXPECT_EQ(read({.machine = EM_AARCH64,
                  .exports = jitter_functions(std::string(reinterpret_cast<const char*>(code), sizeof code))})
                ->version,
            "3.5.0");
}

TEST_F(EntropyLibrary, AVersionThatCannotBeReadStaysEmpty) {
  EXPECT_EQ(read({.exports = jitter_functions("\xc3")})->version, "");
}

TEST_F(EntropyLibrary, AVersionThatKifDoesNotKnowIsRefused) {
  for (const auto& [number, text] : {std::pair{2000000U, "2.0.0"}, std::pair{3030100U, "3.3.1"},
                                     std::pair{3080000U, "3.8.0"}, std::pair{4000000U, "4.0.0"}}) {
    const auto file = read({.exports = jitter_functions(returning(number))});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::unsupported);
    EXPECT_THAT(file.error().message, testing::EndsWith(std::string("as the entropy library: it is jitterentropy ") +
                                                        text + "; this kif knows 3.4 to 3.7"));
  }
  for (const unsigned number : {3040000U, 3060300U, 3070100U})
    EXPECT_TRUE(read({.exports = jitter_functions(returning(number))}));
}

TEST_F(EntropyLibrary, WhatTheVersionDoesNotHaveCannotBeSet) {
  const auto old = read({.exports = jitter_functions(returning(3060300))}, {.flags = "ntg1"});
  ASSERT_FALSE(old);
  EXPECT_THAT(old.error().message, testing::HasSubstr("version 3.6.3 does not have them"));
  EXPECT_TRUE(read({.exports = jitter_functions(returning(3070000))}, {.flags = "ntg1"}));
  EXPECT_TRUE(read({.exports = jitter_functions(returning(3060300))}, {.osr = 20, .memory_bytes = 65536}));
}

TEST_F(EntropyLibrary, OnlyWhatKifShipsIsAKnownSource) {
  EXPECT_TRUE(
      is_known_source(*read_entropy_library(fs::path(KIF_DEPS_DIR) / "jitterentropy/lib/libjitterentropy.so.3")));
  EXPECT_FALSE(is_known_source(*read({.exports = jitter_functions(returning(3060300))})));
}

TEST_F(EntropyLibrary, AMissingFunctionIsNamed) {
  Exports exports = jitter_functions("\xc3");
  exports.erase(exports.begin() + 3);
  const auto file = read({.exports = exports});
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, testing::EndsWith("it does not export jent_read_entropy"));
}

} // namespace
} // namespace kif::image
