// SPDX-License-Identifier: Apache-2.0
#include "base/jitterentropy.h"

#include <gtest/gtest.h>

#include "base/process.h"

namespace kif::jitterentropy {
namespace {

// jitterentropy.h of 3.6.3 and 3.7.0.
constexpr unsigned k_always = 1U << 5 | 1U << 4; // JENT_FORCE_FIPS, JENT_DISABLE_INTERNAL_TIMER
constexpr std::uint64_t k_3_6_3 = 3060300;
constexpr std::uint64_t k_3_7_0 = 3070000;

TEST(JitterentropyTest, VersionsFromThreeFourToThreeSevenAreKnown) {
  for (const std::uint64_t known : {3040000u, 3040100u, 3050000u, 3060300u, 3069900u, 3070000u, 3070100u})
    EXPECT_TRUE(is_known(known)) << known;
  for (const std::uint64_t unknown : {0u, 2020000u, 3000000u, 3030100u, 3039900u, 3080000u, 4000000u, 13060300u})
    EXPECT_FALSE(is_known(unknown)) << unknown;
  EXPECT_FALSE(has_xdrbg(k_3_6_3));
  EXPECT_TRUE(has_xdrbg(k_3_7_0));
  EXPECT_EQ(version_text(k_3_6_3), "3.6.3");
  EXPECT_EQ(version_text(13102500), "13.10.25");
}

TEST(JitterentropyTest, FipsModeIsForcedAndTheSubstituteTimerOffWithoutAnySetting) {
  EXPECT_EQ(flag_bits({}, k_3_6_3).value(), k_always);
  EXPECT_EQ(flag_bits({}, k_3_7_0).value(), k_always);
  EXPECT_EQ(describe({}), "");
}

TEST(JitterentropyTest, TheMemoryStandsInAnotherFieldFromThreeSevenOn) {
  EXPECT_EQ(flag_bits({.memory_bytes = 32 * 1024}, k_3_6_3).value(), k_always | 1U << 28);
  EXPECT_EQ(flag_bits({.memory_bytes = 512ULL << 20}, k_3_6_3).value(), k_always | 15U << 28);
  EXPECT_EQ(flag_bits({.memory_bytes = 32 * 1024}, k_3_7_0).value(), k_always | 6U << 27);
  EXPECT_EQ(flag_bits({.memory_bytes = 512ULL << 20}, k_3_7_0).value(), k_always | 20U << 27);
}

TEST(JitterentropyTest, NamedFlagsAreThoseOfTheVersion) {
  EXPECT_EQ(flag_bits({.flags = "ntg1"}, k_3_7_0).value(), k_always | 1U << 6);
  EXPECT_EQ(flag_bits({.flags = "cache-all,hashloop-128"}, k_3_7_0).value(), k_always | 1U << 7 | 8U << 23);
  const auto old = flag_bits({.flags = "ntg1"}, k_3_6_3);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().message,
            "cannot set jitterentropy's flags \"ntg1\": version 3.6.3 does not have them, 3.7 does");
}

TEST(JitterentropyTest, WhatWeakensOrMeansNothingIsRefusedWithTheReason) {
  for (const auto& [flag, reason] :
       {std::pair{"disable-memory-access", "it takes away the memory accesses, one of the two sources of the jitter"},
        std::pair{"force-internal-timer", "no SP 800-90B claim covers the substitute timer"},
        std::pair{"force-fips", "kif sets it always"}, std::pair{"disable-internal-timer", "kif sets it always"},
        std::pair{"disable-unbias", "jitterentropy does not look at it"}, std::pair{"hashloop-3", "unknown flag"},
        std::pair{"NTG1", "unknown flag"}, std::pair{"", "unknown flag"}}) {
    for (const std::string& list : {"cache-all," + std::string(flag), std::string(flag) + ",cache-all"}) {
      const auto checked = check({.flags = list});
      ASSERT_FALSE(checked) << list;
      EXPECT_EQ(checked.error().message, "cannot set jitterentropy's flag \"" + std::string(flag) + "\": " + reason);
    }
  }
  for (const char* twice : {"ntg1,ntg1", "hashloop-2,hashloop-4", "hashloop-1,hashloop-1"}) {
    const auto checked = check({.flags = twice});
    ASSERT_FALSE(checked) << twice;
    EXPECT_NE(checked.error().message.find("one is named twice"), std::string::npos);
  }
}

TEST(JitterentropyTest, NumbersAreBounded) {
  for (const unsigned osr : {0u, 2u, 21u})
    EXPECT_FALSE(check({.osr = osr})) << osr;
  for (const unsigned osr : {3u, 20u})
    EXPECT_TRUE(check({.osr = osr})) << osr;
  for (const std::uint64_t bytes : {1ull, 16384ull, 32767ull, 32769ull, 98304ull, 1024ull << 20})
    EXPECT_FALSE(check({.memory_bytes = bytes})) << bytes;
  for (const std::uint64_t bytes : {0ull, 32768ull, 131072ull, 512ull << 20})
    EXPECT_TRUE(check({.memory_bytes = bytes})) << bytes;
}

TEST(JitterentropyTest, OnlyWhatIsNotAsWithoutSettingsIsDescribed) {
  EXPECT_EQ(describe({.osr = 4}), "osr 4");
  EXPECT_EQ(describe({.osr = 20, .flags = "ntg1", .memory_bytes = 65536}), "osr 20, flags ntg1, memory 65536 bytes");
}

TEST(JitterentropyTest, OnlyWhatKifShipsIsKnownByItsDigest) {
  const auto sum = run_program({.argv = {"sha256sum", KIF_JITTERENTROPY_LIBRARY}});
  ASSERT_TRUE(sum);
  const std::string digest = sum->out.substr(0, 64);
  EXPECT_TRUE(is_shipped(digest)) << sum->out;
  EXPECT_FALSE(is_shipped(digest.substr(1) + "0"));
  EXPECT_FALSE(is_shipped(digest.substr(0, 63)));
  EXPECT_FALSE(is_shipped(""));
  EXPECT_FALSE(is_shipped(std::string(64, '0')));
}

} // namespace
} // namespace kif::jitterentropy
