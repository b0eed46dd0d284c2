// SPDX-License-Identifier: Apache-2.0
// In the libcrypto of the machine that runs the tests.
#include "contexts/empty_provider.h"

#include <string>

#include <gtest/gtest.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>

namespace kif::contexts {
namespace {

TEST(EmptyProvider, StandsInForWhatProgramsLoadAndForNothingElse) {
  EXPECT_STREQ(stand_in_of("default"), "kif-default");
  EXPECT_STREQ(stand_in_of("legacy"), "kif-legacy");
  for (const char* name : {"fips", "base", "null", "Default", "", "legacy.so"})
    EXPECT_EQ(stand_in_of(name), nullptr) << name;
}

TEST(EmptyProvider, LoadsSaysWhatItIsAndOffersNothing) {
  ASSERT_EQ(OSSL_PROVIDER_add_builtin(nullptr, "empty", load_empty_provider), 1);
  OSSL_PROVIDER* provider = OSSL_PROVIDER_try_load(nullptr, "empty", 1);
  ASSERT_NE(provider, nullptr);
  char* name = nullptr;
  char* version = nullptr;
  int status = 0;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, &name, 0),
                         OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, &version, 0),
                         OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status), OSSL_PARAM_construct_end()};
  ASSERT_EQ(OSSL_PROVIDER_get_params(provider, params), 1);
  EXPECT_STREQ(name, k_empty_provider_title);
  EXPECT_NE(std::string(version), "");
  EXPECT_EQ(status, 1);
  EXPECT_NE(OSSL_PROVIDER_gettable_params(provider), nullptr);
  for (int operation = 1; operation <= OSSL_OP__HIGHEST; ++operation) {
    int no_cache = 1;
    EXPECT_EQ(OSSL_PROVIDER_query_operation(provider, operation, &no_cache), nullptr) << operation;
  }
  EXPECT_EQ(OSSL_PROVIDER_unload(provider), 1);
}

TEST(EmptyProvider, AnswersInTheTypesOfItsParametersOnly) {
  const OSSL_DISPATCH* out = nullptr;
  void* context = nullptr;
  ASSERT_EQ(load_empty_provider(nullptr, nullptr, &out, &context), 1);
  ASSERT_NE(context, nullptr);
  OSSL_FUNC_provider_get_params_fn* get_params = nullptr;
  for (; out->function_id != 0; ++out)
    if (out->function_id == OSSL_FUNC_PROVIDER_GET_PARAMS)
      get_params = reinterpret_cast<OSSL_FUNC_provider_get_params_fn*>(out->function);
  ASSERT_NE(get_params, nullptr);
  std::uint64_t wide = 0;
  OSSL_PARAM status[] = {OSSL_PARAM_construct_uint64(OSSL_PROV_PARAM_STATUS, &wide), OSSL_PARAM_construct_end()};
  EXPECT_EQ(get_params(context, status), 0);
  OSSL_PARAM name[] = {OSSL_PARAM_construct_uint64(OSSL_PROV_PARAM_NAME, &wide), OSSL_PARAM_construct_end()};
  EXPECT_EQ(get_params(context, name), 0);
  OSSL_PARAM other[] = {OSSL_PARAM_construct_uint64("something-else", &wide), OSSL_PARAM_construct_end()};
  EXPECT_EQ(get_params(context, other), 1);
  EXPECT_EQ(OSSL_PARAM_modified(other), 0);
}

} // namespace
} // namespace kif::contexts
