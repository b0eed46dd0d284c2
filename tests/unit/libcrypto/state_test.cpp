// SPDX-License-Identifier: Apache-2.0
// The stock libcrypto of the machine that runs the tests: what a process without kif looks like.
#include "libcrypto/state.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace kif::libcrypto {
namespace {

class StateTest : public testing::Test {
protected:
  Libcrypto m_crypto = Libcrypto::open().value();
};

TEST_F(StateTest, TheDefaultProviderIsListedOnceItIsUsed) {
  const Owned<EVP_MD> digest(m_crypto.EVP_MD_fetch(nullptr, "SHA256", nullptr), m_crypto.EVP_MD_free);
  const auto found = providers(m_crypto);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "default");
  EXPECT_EQ(found[0].title, "OpenSSL Default Provider");
  EXPECT_FALSE(found[0].version.empty());
  EXPECT_TRUE(found[0].running);
  EXPECT_EQ(provider_text(m_crypto, "default", OSSL_PROV_PARAM_VERSION), found[0].version);
  EXPECT_EQ(provider_text(m_crypto, "none", OSSL_PROV_PARAM_VERSION), "");
  EXPECT_EQ(provider_number(m_crypto, "default", OSSL_PROV_PARAM_STATUS), 1U);
  EXPECT_FALSE(provider_number(m_crypto, "default", "kif-blocks"));
  EXPECT_FALSE(provider_number(m_crypto, "none", OSSL_PROV_PARAM_STATUS));
}

TEST_F(StateTest, TheStockGeneratorIsNotTheModules) {
  const auto generator = generator_of(m_crypto, m_crypto.RAND_get0_public(nullptr));
  ASSERT_TRUE(generator);
  EXPECT_EQ(generator->algorithm, "CTR-DRBG");
  EXPECT_EQ(generator->provider, "default");
  EXPECT_FALSE(generator->is_approved());
  EXPECT_FALSE(generator_of(m_crypto, nullptr));
}

TEST(Generator, OnlyAnApprovedDrbgOfTheModuleIsApproved) {
  EXPECT_TRUE((Generator{"CTR-DRBG", "fips"}).is_approved());
  EXPECT_TRUE((Generator{"HASH-DRBG", "fips"}).is_approved());
  EXPECT_TRUE((Generator{"HMAC-DRBG", "fips"}).is_approved());
  EXPECT_FALSE((Generator{"CTR-DRBG", "default"}).is_approved());
  EXPECT_FALSE((Generator{"TEST-RAND", "fips"}).is_approved());
}

TEST(MayBeActive, NothingThatBringsAlgorithmsBesideTheModules) {
  EXPECT_TRUE(may_be_active({"fips", "OpenSSL FIPS Provider", "3.5.9", true}));
  EXPECT_TRUE(may_be_active({"base", "OpenSSL Base Provider", "3.0.19", true}));
  EXPECT_TRUE(may_be_active({"kif-seed", "kif CPU jitter seed source", "0.1.0", true}));
  EXPECT_TRUE(may_be_active({"legacy", "kif: no algorithms", "0.1.0", true}));
  EXPECT_TRUE(may_be_active({"kif-default", "kif: no algorithms", "0.1.0", true}));
  EXPECT_FALSE(may_be_active({"default", "OpenSSL Default Provider", "3.0.19", true}));
  EXPECT_FALSE(may_be_active({"legacy", "OpenSSL Legacy Provider", "3.0.19", true}));
  EXPECT_FALSE(may_be_active({"kif-default", "OpenSSL Default Provider", "3.0.19", true}));
}

TEST_F(StateTest, WithoutTheSeedProviderThereAreNoCounters) {
  EXPECT_FALSE(seed_counters(m_crypto));
}

TEST_F(StateTest, TheConfigurationFileIsTheEnvironments) {
  ASSERT_EQ(::setenv("OPENSSL_CONF", "/somewhere/openssl.cnf", 1), 0);
  EXPECT_EQ(configuration_file(m_crypto), "/somewhere/openssl.cnf");
  ::unsetenv("OPENSSL_CONF");
  EXPECT_NE(configuration_file(m_crypto), "/somewhere/openssl.cnf");
}

} // namespace
} // namespace kif::libcrypto
