// SPDX-License-Identifier: Apache-2.0
#include "verify/stock_config.h"

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

TEST(StockConfigTest, NothingOfKifIsLeft) {
  const auto config = stock_config(R"(# a comment
config_diagnostics = 1
openssl_conf = kif_init
nodejs_conf = kif_init
kif_context = kif_context

[kif_init]
alg_section = kif_algorithms
random = kif_random
providers = kif_providers

[kif_context]
alg_section = kif_algorithms
random = kif_random
providers = kif_providers

[kif_algorithms]
default_properties = fips=yes

[kif_random]
seed = KIF-JITTER

[kif_providers]
kif-seed = kif_seed_source
base = kif_base
fips = kif_fips
legacy = kif_none

[kif_none]
module = /usr/lib/kif/kif-fips.so
kif-role = none

[kif_seed_source]
module = /usr/lib/kif/kif-fips.so
kif-role = seed-source
activate = 1

[kif_base]
activate = 1

[kif_fips]
module = /usr/lib/kif/kif-fips.so
kif-module = /usr/lib/kif/fips.so
kif-osr = 3
module-mac = AA:BB
activate = 1
)");
  ASSERT_TRUE(config);
  EXPECT_EQ(*config, R"(config_diagnostics = 1
openssl_conf = kif_init
nodejs_conf = kif_init
kif_context = kif_context

[kif_init]
alg_section = kif_algorithms
providers = kif_providers

[kif_context]
alg_section = kif_algorithms
providers = kif_providers

[kif_algorithms]
default_properties = fips=yes

[kif_providers]
base = kif_base
fips = kif_fips

[kif_base]
activate = 1

[kif_fips]
module = /usr/lib/kif/fips.so
module-mac = AA:BB
activate = 1
)");
}

TEST(StockConfigTest, WithoutTheLayersSectionThereIsNoControl) {
  for (const char* text : {"", "[fips]\nmodule = /x/fips.so\n", "kif_module = /x\n"}) {
    const auto config = stock_config(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::invalid_input);
  }
}

} // namespace
} // namespace kif::verify
