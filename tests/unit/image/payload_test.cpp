// SPDX-License-Identifier: Apache-2.0
#include "image/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "image/elf_builder.h"

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
  Result<PayloadFile> read(const ElfRecipe& recipe) {
    const fs::path path = m_dir.path() / "libjitterentropy.so.3";
    auto file = AtomicFile::create(path).value();
    EXPECT_TRUE(file.write(build_elf(recipe)));
    EXPECT_TRUE(file.commit());
    return read_entropy_library(path);
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

TEST_F(EntropyLibrary, AnotherMajorVersionIsRefused) {
  const auto file = read({.exports = jitter_functions(std::string("\xb8\x80\x84\x1e\x00\xc3", 6))}); // 2000000
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::unsupported);
  EXPECT_THAT(file.error().message, testing::EndsWith("as the entropy library: it is jitterentropy 2.0.0, not 3"));
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
