// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/parameters.h"

#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <openssl/params.h>

namespace kif::provider {
namespace {

OSSL_PARAM entry(const char* key, unsigned type, void* data, std::size_t size) {
  return {key, type, data, size, OSSL_PARAM_UNMODIFIED};
}

TEST(ParametersTest, WhatIsAbsentIsNothing) {
  const OSSL_PARAM none[] = {OSSL_PARAM{}};
  for (const OSSL_PARAM* params : {static_cast<const OSSL_PARAM*>(nullptr), none}) {
    EXPECT_EQ(find(params, "key"), nullptr);
    EXPECT_FALSE(text_in(params, "key"));
    EXPECT_FALSE(number_in(params, "key"));
    EXPECT_FALSE(is_short_key(params, "key"));
    EXPECT_TRUE(digest_is_one_of(params, {Digest::sha256}));
    EXPECT_FALSE(names_triple_des(params));
  }
}

TEST(ParametersTest, NumbersOfAnyWidthAreRead) {
  std::uint8_t byte = 200;
  std::uint32_t word = 70000;
  std::int64_t big = 1;
  std::int32_t negative = -5;
  std::array<unsigned char, 16> wide{};
  double real = 3;
  const OSSL_PARAM params[] = {entry("byte", OSSL_PARAM_UNSIGNED_INTEGER, &byte, sizeof byte),
                               entry("word", OSSL_PARAM_UNSIGNED_INTEGER, &word, sizeof word),
                               entry("big", OSSL_PARAM_INTEGER, &big, sizeof big),
                               entry("negative", OSSL_PARAM_INTEGER, &negative, sizeof negative),
                               entry("wide", OSSL_PARAM_UNSIGNED_INTEGER, wide.data(), wide.size()),
                               entry("real", OSSL_PARAM_REAL, &real, sizeof real),
                               entry("empty", OSSL_PARAM_INTEGER, &big, 0),
                               entry("null", OSSL_PARAM_INTEGER, nullptr, 4),
                               OSSL_PARAM{}};
  EXPECT_EQ(number_in(params, "byte"), 200u);
  EXPECT_EQ(number_in(params, "word"), 70000u);
  EXPECT_EQ(number_in(params, "big"), 1u);
  for (const char* odd : {"negative", "wide", "real", "empty", "null"})
    EXPECT_EQ(number_in(params, odd), 0u) << odd;
}

TEST(ParametersTest, DigestsAreKnownByAllTheirNames) {
  EXPECT_EQ(digest_of("SHA2-256"), Digest::sha256);
  EXPECT_EQ(digest_of("sha256"), Digest::sha256);
  EXPECT_EQ(digest_of("SHA-1"), Digest::sha1);
  EXPECT_EQ(digest_of("2.16.840.1.101.3.4.2.3"), Digest::sha512);
  EXPECT_EQ(digest_of("SHA512-256"), Digest::sha512_256);
  EXPECT_EQ(digest_of("SHA3-256"), Digest::sha3_256);
  EXPECT_EQ(digest_of("SHA2-256:SHA-256"), Digest::other);
  EXPECT_EQ(digest_of(""), Digest::other);

  char name[] = "SHA384";
  const OSSL_PARAM params[] = {entry("digest", OSSL_PARAM_UTF8_STRING, name, 0), OSSL_PARAM{}}; // the size may be wrong
  EXPECT_TRUE(digest_is_one_of(params, {Digest::sha256, Digest::sha384}));
  EXPECT_FALSE(digest_is_one_of(params, {Digest::sha256}));
}

TEST(ParametersTest, AKeyOf112BitsIsNotShort) {
  std::array<char, 14> key{};
  for (std::size_t size = 0; size <= key.size(); ++size) {
    const OSSL_PARAM params[] = {entry("key", OSSL_PARAM_OCTET_STRING, key.data(), size), OSSL_PARAM{}};
    EXPECT_EQ(is_short_key(params, "key"), size < 14) << size;
    EXPECT_FALSE(is_short_key(params, "secret"));
  }
}

TEST(ParametersTest, TripleDesIsKnownByAllItsNames) {
  for (const std::string name : {"DES-EDE3-CBC", "des3", "1.2.840.113549.3.7", "AES-128-CBC"}) {
    std::string text = name;
    const OSSL_PARAM params[] = {entry("cipher", OSSL_PARAM_UTF8_STRING, text.data(), text.size()), OSSL_PARAM{}};
    EXPECT_EQ(names_triple_des(params), name != "AES-128-CBC") << name;
  }
}

} // namespace
} // namespace kif::provider
