// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/feature.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::provider {
namespace {

TEST(FeaturesTest, NamesAreReadWithBlanksAndInAnyOrder) {
  const auto features = Features::parse("dsa-signatures ,tls12-without-ems");
  ASSERT_TRUE(features);
  EXPECT_EQ(*features, Features(Feature::tls12_without_ems, Feature::dsa_signatures));
  EXPECT_TRUE(features->has(Feature::dsa_signatures));
  EXPECT_FALSE(features->has(Feature::small_curves));
  EXPECT_EQ(names_of(*features), "tls12-without-ems,dsa-signatures");
}

TEST(FeaturesTest, NothingIsNone) {
  const auto features = Features::parse("");
  ASSERT_TRUE(features);
  EXPECT_TRUE(features->empty());
  EXPECT_EQ(names_of(*features), "none");
}

TEST(FeaturesTest, AnUnknownNameIsRefusedWithTheKnownOnes) {
  for (const std::string bad : {"sha1", "tls12-without-ems,", ",", "TLS12-WITHOUT-EMS", "none,dsa-signatures"}) {
    const auto features = Features::parse(bad);
    ASSERT_FALSE(features) << bad;
    EXPECT_EQ(features.error().code, ErrorCode::invalid_input);
    EXPECT_NE(features.error().message.find("kif-refuse"), std::string::npos);
    EXPECT_NE(features.error().expected.find("3des-encryption"), std::string::npos);
  }
  EXPECT_EQ(Features::parse("dsa-signatures, sha1").error().got, "\"sha1\"");
}

TEST(FeaturesTest, EachNameIsReadBackAndNamedInItsSentence) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Feature::ecdh_cofactor); ++i) {
    const auto feature = static_cast<Feature>(i);
    const auto parsed = Features::parse(name_of(feature));
    ASSERT_TRUE(parsed) << name_of(feature);
    EXPECT_EQ(*parsed, Features(feature));
    const std::string sentence(sentence_of(feature));
    EXPECT_EQ(sentence.find("kif: "), 0u);
    EXPECT_NE(sentence.find("(kif-refuse: " + std::string(name_of(feature)) + ")"), std::string::npos) << sentence;
  }
}

} // namespace
} // namespace kif::provider
