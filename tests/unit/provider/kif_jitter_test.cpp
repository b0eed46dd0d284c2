// SPDX-License-Identifier: Apache-2.0
#include "provider/kif_jitter.h"

#include <climits>
#include <cstring>

#include <gtest/gtest.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

#include "fake_core.h"
#include "mock_noise_source.h"
#include "provider/core/dispatch.h"
#include "provider/reasons.h"
#include "provider/seed_source_role.h"

namespace kif::provider {
namespace {

template <class Function> Function* function(int id) {
  for (const OSSL_DISPATCH* entry = kif_jitter_algorithms()->implementation; entry->function_id != 0; ++entry)
    if (entry->function_id == id)
      return function_of<Function>(*entry);
  return nullptr;
}

struct KifJitterTest : testing::Test {
  void SetUp() override {
    provider.core = fake.core();
    provider.handle = fake.handle();
    provider.source = &source;
    context = function<OSSL_FUNC_rand_newctx_fn>(OSSL_FUNC_RAND_NEWCTX)(&provider, nullptr, nullptr);
    ASSERT_NE(context, nullptr);
  }
  void TearDown() override {
    function<OSSL_FUNC_rand_freectx_fn>(OSSL_FUNC_RAND_FREECTX)(context);
    EXPECT_EQ(fake.memory_in_use + fake.secure_memory_in_use, 0u);
    EXPECT_TRUE(fake.every_free_was_of_its_size);
  }

  int instantiate() {
    return function<OSSL_FUNC_rand_instantiate_fn>(OSSL_FUNC_RAND_INSTANTIATE)(context, 0, 0, nullptr, 0, nullptr);
  }
  std::size_t get_seed(unsigned char** out, int bits, std::size_t least, std::size_t most, int resistance = 0) {
    return function<OSSL_FUNC_rand_get_seed_fn>(OSSL_FUNC_RAND_GET_SEED)(context, out, bits, least, most, resistance,
                                                                         nullptr, 0);
  }
  int generate(std::size_t size, unsigned strength = 256, int resistance = 0) {
    return function<OSSL_FUNC_rand_generate_fn>(OSSL_FUNC_RAND_GENERATE)(context, bytes, size, strength, resistance,
                                                                         nullptr, 0);
  }
  int state() {
    int value = -1;
    OSSL_PARAM params[] = {{OSSL_RAND_PARAM_STATE, OSSL_PARAM_INTEGER, &value, sizeof value, OSSL_PARAM_UNMODIFIED},
                           OSSL_PARAM_END};
    EXPECT_EQ(function<OSSL_FUNC_rand_get_ctx_params_fn>(OSSL_FUNC_RAND_GET_CTX_PARAMS)(context, params), 1);
    return value;
  }

  FakeCore fake;
  entropy::MockNoiseSource noise;
  entropy::SeedSource source{noise, {}};
  SeedProvider provider;
  void* context = nullptr;
  unsigned char bytes[512] = {};
};

TEST_F(KifJitterTest, GivesSeedsThatADrbgOf30FreesWithAWrongContext) {
  ASSERT_EQ(instantiate(), 1);
  unsigned char* seed = nullptr;
  ASSERT_EQ(get_seed(&seed, 256, 48, INT_MAX), 80u); // the last 32 are distinct, and not of the source
  unsigned char zeros[48] = {};
  EXPECT_NE(std::memcmp(seed, zeros, 48), 0);
  int not_the_context = 0;
  function<OSSL_FUNC_rand_clear_seed_fn>(OSSL_FUNC_RAND_CLEAR_SEED)(&not_the_context, seed, 80);
  function<OSSL_FUNC_rand_clear_seed_fn>(OSSL_FUNC_RAND_CLEAR_SEED)(nullptr, nullptr, 48);
  EXPECT_EQ(source.counters().bytes_handed_out, 48u);
}

TEST_F(KifJitterTest, GeneratesAndTellsItsStrength) {
  ASSERT_EQ(instantiate(), 1);
  EXPECT_EQ(generate(64), 1);
  EXPECT_EQ(generate(64, 257), 0);
  unsigned strength = 0;
  std::size_t most = 0;
  OSSL_PARAM params[] = {
      {OSSL_RAND_PARAM_STRENGTH, OSSL_PARAM_UNSIGNED_INTEGER, &strength, sizeof strength, OSSL_PARAM_UNMODIFIED},
      {OSSL_RAND_PARAM_MAX_REQUEST, OSSL_PARAM_UNSIGNED_INTEGER, &most, sizeof most, OSSL_PARAM_UNMODIFIED},
      OSSL_PARAM_END};
  ASSERT_EQ(function<OSSL_FUNC_rand_get_ctx_params_fn>(OSSL_FUNC_RAND_GET_CTX_PARAMS)(context, params), 1);
  EXPECT_EQ(strength, 256u);
  EXPECT_EQ(most, 128u);
}

TEST_F(KifJitterTest, PredictionResistanceDrawsNewBlocksAndLeavesThePool) {
  ASSERT_EQ(instantiate(), 1);
  ASSERT_EQ(source.fill(64), entropy::SourceError::none);
  ASSERT_EQ(generate(32, 256, 1), 1);
  unsigned char* seed = nullptr;
  ASSERT_EQ(get_seed(&seed, 256, 32, 32, 1), 32u);
  function<OSSL_FUNC_rand_clear_seed_fn>(OSSL_FUNC_RAND_CLEAR_SEED)(context, seed, 32);
  EXPECT_EQ(source.counters().blocks, 4u);
  EXPECT_EQ(source.counters().bytes_held, 64u);
  ASSERT_EQ(generate(32), 1); // the control
  EXPECT_EQ(source.counters().blocks, 4u);
  EXPECT_EQ(source.counters().bytes_held, 32u);
}

TEST_F(KifJitterTest, GivesNothingBeforeItIsInstantiatedOrAfter) {
  EXPECT_EQ(state(), EVP_RAND_STATE_UNINITIALISED);
  unsigned char* seed = nullptr;
  EXPECT_EQ(get_seed(&seed, 256, 32, 64), 0u);
  EXPECT_EQ(generate(16), 0);
  ASSERT_EQ(instantiate(), 1);
  EXPECT_EQ(state(), EVP_RAND_STATE_READY);
  ASSERT_EQ(function<OSSL_FUNC_rand_uninstantiate_fn>(OSSL_FUNC_RAND_UNINSTANTIATE)(context), 1);
  EXPECT_EQ(generate(16), 0);
  EXPECT_EQ(source.counters().bytes_handed_out, 0u);
  ASSERT_EQ(fake.errors.size(), 3u);
  EXPECT_EQ(ERR_GET_REASON(fake.errors[0].reason), PROV_R_NOT_INSTANTIATED);
}

TEST_F(KifJitterTest, AParentIsRefused) {
  EXPECT_EQ(function<OSSL_FUNC_rand_newctx_fn>(OSSL_FUNC_RAND_NEWCTX)(&provider, &fake, nullptr), nullptr);
  ASSERT_EQ(fake.errors.size(), 1u);
  EXPECT_EQ(ERR_GET_REASON(fake.errors[0].reason), PROV_R_SEED_SOURCES_MUST_NOT_HAVE_A_PARENT);
}

// libcrypto swallows what newctx and instantiate say and goes to the kernel then; it must not hear of it there.
TEST_F(KifJitterTest, AFailedSourceIsHeardOfWhereLibcryptoListens) {
  noise.fail(entropy::MockNoiseSource::read, entropy::SourceError::adaptive_proportion_permanent);
  EXPECT_EQ(generate(16), 0);
  fake.errors.clear();
  EXPECT_EQ(instantiate(), 1);
  unsigned char* seed = nullptr;
  EXPECT_EQ(get_seed(&seed, 256, 32, 64), 0u);
  EXPECT_EQ(seed, nullptr);
  EXPECT_EQ(generate(16), 0);
  ASSERT_EQ(fake.errors.size(), 2u);
  for (const FakeError& error : fake.errors) {
    EXPECT_EQ(error.reason, reason_of(entropy::SourceError::adaptive_proportion_permanent));
    EXPECT_EQ(error.handle, fake.handle());
  }
  EXPECT_EQ(state(), EVP_RAND_STATE_ERROR);
}

TEST_F(KifJitterTest, WithoutASourceEveryDrawSaysWhy) {
  provider.source = nullptr;
  std::strcpy(provider.refusal.data(), "cannot open /j: No such file or directory");
  EXPECT_EQ(instantiate(), 1);
  unsigned char* seed = nullptr;
  EXPECT_EQ(get_seed(&seed, 256, 32, 64), 0u);
  ASSERT_EQ(fake.errors.size(), 1u);
  EXPECT_EQ(fake.errors[0].text, "cannot open /j: No such file or directory");
  EXPECT_EQ(state(), EVP_RAND_STATE_ERROR);
}

} // namespace
} // namespace kif::provider
