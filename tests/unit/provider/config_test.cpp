// SPDX-License-Identifier: Apache-2.0
#include "provider/config.h"

#include <gtest/gtest.h>

#include "fake_core.h"

namespace kif::provider {
namespace {

Result<Config> read(FakeCore& fake) {
  return read_config(fake.core(), fake.handle());
}

TEST(ConfigTest, AnEmptySectionIsTheModuleBesideTheProvider) {
  FakeCore fake;
  const auto config = read(fake);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->role, Role::module);
  EXPECT_EQ(config->module.substr(config->module.rfind('/')), "/fips.so");
  EXPECT_EQ(config->module.front(), '/');
  EXPECT_EQ(config->hidden, "X25519,X448");
  EXPECT_FALSE(config->source.library);
  EXPECT_FALSE(config->source.osr);
  EXPECT_FALSE(config->source.pool_bytes);
}

TEST(ConfigTest, EveryKeyIsRead) {
  FakeCore fake;
  fake.section = {{"kif-role", "module"}, {"kif-module", "/m"},        {"kif-jitterentropy", "/j"},
                  {"kif-osr", "20"},      {"kif-pool-bytes", "65536"}, {"kif-hide", "none"}};
  const auto config = read(fake);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->module, "/m");
  EXPECT_EQ(config->hidden, "");
  EXPECT_EQ(config->source.library, "/j");
  EXPECT_EQ(config->source.osr, 20u);
  EXPECT_EQ(config->source.pool_bytes, 65536u);

  fake.section = {{"kif-role", "seed-source"}, {"kif-pool-bytes", "0"}, {"kif-osr", "3"}};
  const auto seed = read(fake);
  ASSERT_TRUE(seed);
  EXPECT_EQ(seed->role, Role::seed_source);
  EXPECT_EQ(seed->source.pool_bytes, 0u);
  EXPECT_EQ(seed->source.osr, 3u);
}

TEST(ConfigTest, ABadValueIsAnErrorThatSaysWhatItMayBe) {
  struct Case {
    const char* key;
    const char* value;
    const char* expected;
  };
  for (const Case& bad :
       {Case{"kif-osr", "2", "a whole number from 3 to 20"}, Case{"kif-osr", "21", "a whole number from 3 to 20"},
        Case{"kif-osr", "", "a whole number from 3 to 20"}, Case{"kif-osr", "3x", "a whole number from 3 to 20"},
        Case{"kif-osr", " 3", "a whole number from 3 to 20"}, Case{"kif-osr", "-3", "a whole number from 3 to 20"},
        Case{"kif-pool-bytes", "65537", "a whole number from 0 to 65536"},
        Case{"kif-pool-bytes", "99999999999999999999999", "a whole number from 0 to 65536"},
        Case{"kif-role", "modul", "module or seed-source"}, Case{"kif-role", "", "module or seed-source"},
        Case{"kif-module", "fips.so", "an absolute path"}, Case{"kif-module", "", "an absolute path"},
        Case{"kif-jitterentropy", "./x", "an absolute path"}}) {
    FakeCore fake;
    fake.section = {{bad.key, bad.value}};
    const auto config = read(fake);
    ASSERT_FALSE(config) << bad.key << " = " << bad.value;
    EXPECT_EQ(config.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(config.error().message, std::string("cannot use ") + bad.key + " of openssl.cnf: bad value");
    EXPECT_EQ(config.error().expected, bad.expected);
    EXPECT_EQ(config.error().got, "\"" + std::string(bad.value) + "\"");
  }
}

} // namespace
} // namespace kif::provider
