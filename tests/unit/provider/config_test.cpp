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
  EXPECT_FALSE(config->source.flags);
  EXPECT_FALSE(config->source.memory_bytes);
  EXPECT_FALSE(config->source.pool_bytes);
}

TEST(ConfigTest, EveryKeyIsRead) {
  FakeCore fake;
  fake.section = {{"kif-role", "module"},         {"kif-module", "/m"},
                  {"kif-jitterentropy", "/j"},    {"kif-osr", "20"},
                  {"kif-pool-bytes", "65536"},    {"kif-hide", "none"},
                  {"kif-refuse", "small-curves"}, {"kif-flags", "ntg1,hashloop-4"},
                  {"kif-memory-bytes", "65536"}};
  const auto config = read(fake);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->module, "/m");
  EXPECT_EQ(config->hidden, "");
  EXPECT_EQ(config->refused, Features(Feature::small_curves));
  EXPECT_EQ(config->source.library, "/j");
  EXPECT_EQ(config->source.osr, 20u);
  EXPECT_EQ(config->source.pool_bytes, 65536u);
  EXPECT_EQ(config->source.flags, "ntg1,hashloop-4");
  EXPECT_EQ(config->source.memory_bytes, 65536u);

  fake.section = {{"kif-role", "seed-source"}, {"kif-pool-bytes", "0"}, {"kif-osr", "3"}};
  const auto seed = read(fake);
  ASSERT_TRUE(seed);
  EXPECT_EQ(seed->role, Role::seed_source);
  EXPECT_EQ(seed->source.pool_bytes, 0u);
  EXPECT_EQ(seed->source.osr, 3u);
}

TEST(ConfigTest, AProviderWithoutAlgorithmsIsAskedForByRoleOrByName) {
  FakeCore fake;
  fake.section = {{"kif-role", "none"}};
  EXPECT_EQ(read(fake).value().role, Role::none);
  // From OPENSSL_MODULES, where no section is.
  fake.section = {{"provider-name", "legacy"}};
  EXPECT_EQ(read(fake).value().role, Role::none);
  fake.section = {{"provider-name", "fips"}};
  EXPECT_EQ(read(fake).value().role, Role::module);
  // A section that says something is followed.
  fake.section = {{"provider-name", "legacy"}, {"kif-role", "module"}};
  EXPECT_EQ(read(fake).value().role, Role::module);
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
        Case{"kif-role", "modul", "module, seed-source or none"}, Case{"kif-role", "", "module, seed-source or none"},
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

TEST(ConfigTest, ASettingThatJitterentropyMustNotHaveIsAnErrorWithTheReason) {
  for (const auto& [key, value, reason] :
       {std::tuple{"kif-flags", "disable-memory-access",
                   "cannot set jitterentropy's flag \"disable-memory-access\": it takes away the memory accesses"},
        std::tuple{"kif-flags", "ntg1,", "cannot set jitterentropy's flag \"\": unknown flag"},
        std::tuple{"kif-memory-bytes", "65535", "cannot set jitterentropy's memory: bad size"},
        std::tuple{"kif-memory-bytes", "16384", "bad value"}, std::tuple{"kif-memory-bytes", "-1", "bad value"}}) {
    FakeCore fake;
    fake.section = {{key, value}};
    const auto config = read(fake);
    ASSERT_FALSE(config) << key << " = " << value;
    EXPECT_EQ(config.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(config.error().message.find(std::string("cannot use ") + key + " of openssl.cnf: " + reason), 0u)
        << config.error().message;
  }
}

} // namespace
} // namespace kif::provider
