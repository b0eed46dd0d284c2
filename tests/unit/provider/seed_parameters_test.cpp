// SPDX-License-Identifier: Apache-2.0
#include "provider/seed_parameters.h"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <openssl/params.h>

#include "mock_noise_source.h"
#include "provider/core/params.h"

namespace kif::provider {
namespace {

std::uint64_t number(const entropy::SeedSource* source, const char* name) {
  std::uint64_t value = 0xdead;
  OSSL_PARAM params[] = {{name, OSSL_PARAM_UNSIGNED_INTEGER, &value, sizeof value, OSSL_PARAM_UNMODIFIED},
                         OSSL_PARAM_END};
  EXPECT_TRUE(get_seed_parameters(source, "", params));
  EXPECT_NE(params[0].return_size, OSSL_PARAM_UNMODIFIED) << name;
  return value;
}

std::string text(const entropy::SeedSource* source, const char* name, const char* refusal = "") {
  const char* value = nullptr;
  OSSL_PARAM params[] = {{name, OSSL_PARAM_UTF8_PTR, &value, 0, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM_END};
  EXPECT_TRUE(get_seed_parameters(source, refusal, params));
  return value != nullptr ? value : "(not set)";
}

TEST(SeedParametersTest, CountersAreTheSources) {
  entropy::MockNoiseSource noise;
  noise.fail(entropy::MockNoiseSource::read, entropy::SourceError::lag_predictor, 2, 1);
  entropy::SeedSource source(noise, {.pool_bytes = 64});
  std::array<std::byte, 40> out;
  ASSERT_EQ(source.draw(out), entropy::SourceError::none);
  EXPECT_EQ(number(&source, "kif-blocks"), 2u);
  EXPECT_EQ(number(&source, "kif-bytes-credited"), 64u);
  EXPECT_EQ(number(&source, "kif-bytes-handed-out"), 40u);
  EXPECT_EQ(number(&source, "kif-bytes-held") + number(&source, "kif-bytes-discarded"), 24u);
  EXPECT_EQ(number(&source, "kif-intermittent-failures"), 1u);
  EXPECT_EQ(number(&source, "kif-intermittent-lag-predictor"), 1u);
  EXPECT_EQ(number(&source, "kif-intermittent-repetition-count"), 0u);
  EXPECT_EQ(number(&source, "kif-permanent-failures"), 0u);
  EXPECT_EQ(number(&source, "status"), 1u);
  EXPECT_EQ(text(&source, "kif-state"), "ready");
  EXPECT_EQ(text(&source, "name"), "kif CPU jitter seed source");
  std::uint64_t histogram = 0;
  for (int i = 0; i < 24; ++i)
    histogram += number(&source, ("kif-latency-" + std::string(i < 10 ? "0" : "") + std::to_string(i)).c_str());
  EXPECT_EQ(histogram, 2u);
}

TEST(SeedParametersTest, AStoppedSourceSaysWhichTestStoppedIt) {
  entropy::MockNoiseSource noise;
  noise.fail(entropy::MockNoiseSource::startup, entropy::SourceError::startup_coarse_timer);
  entropy::SeedSource source(noise, {});
  EXPECT_NE(source.prepare(), entropy::SourceError::none);
  EXPECT_EQ(number(&source, "status"), 0u);
  EXPECT_EQ(number(&source, "kif-permanent-failures"), 1u);
  EXPECT_EQ(text(&source, "kif-state"), entropy::describe(entropy::SourceError::startup_coarse_timer));
}

TEST(SeedParametersTest, WithoutASourceTheStateSaysWhy) {
  EXPECT_EQ(number(nullptr, "status"), 0u);
  EXPECT_EQ(number(nullptr, "kif-blocks"), 0u);
  EXPECT_EQ(text(nullptr, "kif-state", "cannot open /j"), "cannot open /j");
}

TEST(SeedParametersTest, EveryListedParameterIsAnswered) {
  entropy::MockNoiseSource noise;
  entropy::SeedSource source(noise, {});
  std::size_t count = 0;
  for (const OSSL_PARAM* type = seed_parameter_types(); type->key != nullptr; ++type, ++count) {
    if (type->data_type == OSSL_PARAM_UTF8_PTR)
      EXPECT_NE(text(&source, type->key), "(not set)") << type->key;
    else
      EXPECT_NE(number(&source, type->key), 0xdeadu) << type->key;
  }
  EXPECT_GT(count, 40u);
}

TEST(SeedParametersTest, AValueThatDoesNotFitIsAnError) {
  entropy::MockNoiseSource noise;
  entropy::SeedSource source(noise, {});
  std::uint16_t small = 0;
  OSSL_PARAM params[] = {{"kif-blocks", OSSL_PARAM_UNSIGNED_INTEGER, &small, sizeof small, OSSL_PARAM_UNMODIFIED},
                         OSSL_PARAM_END};
  EXPECT_FALSE(get_seed_parameters(&source, "", params));
}

} // namespace
} // namespace kif::provider
