// SPDX-License-Identifier: Apache-2.0
#include "digest/digest.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace kif {
namespace {

// FIPS 180-4 example: SHA-256("abc").
constexpr const char* k_abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class TextReader final : public Reader {
public:
  explicit TextReader(std::string text) : m_text(std::move(text)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min<std::size_t>({buffer.size(), m_text.size() - m_at, 2});
    std::memcpy(buffer.data(), m_text.data() + m_at, count);
    m_at += count;
    return count;
  }

private:
  std::string m_text;
  std::size_t m_at = 0;
};

Result<std::string> read_verified(std::string text, std::uint64_t size) {
  VerifiedReader reader(std::make_unique<TextReader>(std::move(text)), Digest::parse(k_abc).value(), size, "blob");
  return read_to_end(reader, 100, "blob");
}

TEST(DigestTest, KnownAnswer) { EXPECT_EQ(Digest::of("abc").text(), k_abc); }

TEST(DigestTest, ParsesOnlyTheCanonicalForm) {
  EXPECT_EQ(Digest::parse(k_abc).value(), Digest::of("abc"));
  for (std::string text : {std::string(""), std::string("sha256:"), std::string(k_abc) + "0", std::string(k_abc).substr(7),
                           "sha512" + std::string(k_abc).substr(6), "sha256:" + std::string(64, 'A')})
    EXPECT_EQ(Digest::parse(text).error().code, ErrorCode::invalid_input) << text;
}

TEST(DigestTest, AVerifiedReaderPassesTheRightContent) { EXPECT_EQ(read_verified("abc", 3).value(), "abc"); }

TEST(DigestTest, AChangedByteIsADigestMismatch) {
  const auto read = read_verified("abd", 3);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::digest_mismatch);
  EXPECT_EQ(read.error().message, "cannot verify blob: digest mismatch");
  EXPECT_EQ(read.error().expected, k_abc);
  EXPECT_EQ(read.error().got, Digest::of("abd").text());
}

TEST(DigestTest, AShorterAndALongerSourceAreSizeMismatches) {
  EXPECT_EQ(read_verified("ab", 3).error().got, "2 bytes");
  EXPECT_EQ(read_verified("abcd", 3).error().got, "more");
}

} // namespace
} // namespace kif
