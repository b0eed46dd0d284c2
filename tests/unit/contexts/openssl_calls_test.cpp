// SPDX-License-Identifier: Apache-2.0
// Where the layer is not there. What it does where it is: tests/system/contexts/.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

namespace kif::contexts {
namespace {

class OpensslCalls : public testing::Test {
protected:
  void TearDown() override {
    ::unsetenv("KIF_OPENSSL_CALLS");
    ERR_clear_error();
  }
};

std::string last_error() {
  const char* data = "";
  int flags = 0;
  ERR_peek_last_error_all(nullptr, nullptr, nullptr, &data, &flags);
  return data;
}

TEST_F(OpensslCalls, AContextThatCannotGetTheLayerIsNotHandedOut) {
  EXPECT_EQ(OSSL_LIB_CTX_new(), nullptr);
  EXPECT_EQ(last_error(), "kif: the library context does not get the layer's configuration /etc/kif/openssl.cnf");
}

TEST_F(OpensslCalls, AnImageMayLeaveThemAlone) {
  ::setenv("KIF_OPENSSL_CALLS", "untouched", 1);
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  ASSERT_NE(context, nullptr);
  OSSL_PROVIDER* provider = OSSL_PROVIDER_load(context, "default");
  ASSERT_NE(provider, nullptr);
  EXPECT_STREQ(OSSL_PROVIDER_get0_name(provider), "default");
  OSSL_PROVIDER_unload(provider);
  OSSL_LIB_CTX_free(context);
  // Anything else is no such order.
  ::setenv("KIF_OPENSSL_CALLS", "guarded", 1);
  EXPECT_EQ(OSSL_LIB_CTX_new(), nullptr);
}

TEST_F(OpensslCalls, AProviderByNameIsItsStandInAndAnotherIsItself) {
  ::setenv("KIF_OPENSSL_CALLS", "untouched", 1);
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  ::unsetenv("KIF_OPENSSL_CALLS");
  ASSERT_NE(context, nullptr);
  for (const bool tries : {false, true}) {
    OSSL_PROVIDER* provider =
        tries ? OSSL_PROVIDER_try_load(context, "default", 0) : OSSL_PROVIDER_load(context, "default");
    ASSERT_NE(provider, nullptr);
    EXPECT_STREQ(OSSL_PROVIDER_get0_name(provider), "kif-default");
    EXPECT_EQ(OSSL_PROVIDER_available(context, "default"), 1);
    EXPECT_EQ(EVP_MD_fetch(context, "MD5", "-fips"), nullptr);
    EXPECT_EQ(OSSL_PROVIDER_unload(provider), 1);
    EXPECT_EQ(OSSL_PROVIDER_available(context, "default"), 0);
  }
  OSSL_PROVIDER* base = OSSL_PROVIDER_load(context, "base");
  ASSERT_NE(base, nullptr);
  EXPECT_STREQ(OSSL_PROVIDER_get0_name(base), "base");
  OSSL_PROVIDER_unload(base);
  EXPECT_EQ(OSSL_PROVIDER_load(context, "no-such-provider"), nullptr);
  OSSL_LIB_CTX_free(context);
}

} // namespace
} // namespace kif::contexts
