// SPDX-License-Identifier: Apache-2.0
#include "verify/layer_config.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "verify/subject.h"

namespace kif::verify {
namespace {

using Defects = std::vector<std::string>;

// What kif harden writes.
std::string good() {
  return read_file(std::string(KIF_GOLDEN_DIR) + "/../../image/golden/openssl-3.5.cnf", 100'000).value();
}

std::string changed(const std::string& part, const std::string& by) {
  std::string text = good();
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), by);
}

TEST(LayerConfig, WhatHardenWritesHasNoDefect) {
  EXPECT_EQ(configuration_defects(good()), Defects());
  EXPECT_EQ(configuration_defects(good() + "\n[ req ]\ndistinguished_name = dn\n[dn]\n"), Defects()) << "kept sections";
}

TEST(LayerConfig, EachApplicationNameIsJudged) {
  EXPECT_EQ(configuration_defects(changed("openssl_conf = kif_init\n", "")),
            (Defects{"openssl_conf: no section for openssl_conf"}));
  EXPECT_EQ(configuration_defects(changed("nodejs_conf = kif_init\n", "")),
            (Defects{"nodejs_conf: no section for nodejs_conf"}));
  EXPECT_EQ(configuration_defects(changed("nodejs_conf = kif_init", "nodejs_conf = other") +
                                  "\n[other]\nproviders = kif_providers\n"),
            (Defects{"nodejs_conf: no section for alg_section", "nodejs_conf: no section for random",
                     "nodejs_conf: no section for random"}));
}

TEST(LayerConfig, RequiredEntriesMustBeThere) {
  const auto both = [](const std::string& what) { return Defects{"openssl_conf: " + what, "nodejs_conf: " + what}; };
  EXPECT_EQ(configuration_defects(changed("fips=yes", "fips=no")), both("default_properties is not fips=yes"));
  EXPECT_EQ(configuration_defects(changed("seed = KIF-JITTER", "seed = SEED-SRC")), both("seed is not KIF-JITTER"));
  EXPECT_EQ(configuration_defects(changed("seed_properties = provider=kif-seed\n", "")),
            both("seed_properties is not provider=kif-seed"));
  EXPECT_EQ(configuration_defects(changed("config_diagnostics = 1", "config_diagnostics = 0")),
            (Defects{"config_diagnostics is not 1: a program would go on without FIPS where it cannot be followed"}));
  EXPECT_EQ(configuration_defects(changed("kif-seed = kif_seed_source\n", "")),
            both("the provider kif-seed is not named"));
  EXPECT_EQ(configuration_defects(changed("activate = 1\ninstall-version", "install-version")),
            both("the provider \"fips\" is not activated"));
}

TEST(LayerConfig, NoOtherProviderEngineOrFileIsLoaded) {
  const auto both = [](const std::string& what) { return Defects{"openssl_conf: " + what, "nodejs_conf: " + what}; };
  EXPECT_EQ(configuration_defects(changed("base = kif_base", "base = kif_base\ndefault = kif_base")),
            both("the provider \"default\" is not the layer's"));
  EXPECT_EQ(configuration_defects(changed("module = /usr/lib/kif/kif-fips.so", "module = /opt/fips.so")),
            both("the provider \"fips\" is not the layer's"));
  EXPECT_EQ(configuration_defects(changed("[kif_base]\n", "[kif_base]\nmodule = /opt/base.so\n")),
            both("the provider \"base\" is not the layer's"));
  EXPECT_EQ(configuration_defects(changed("[kif_init]\n", "[kif_init]\nengines = kif_base\n")),
            both("engines are loaded"));
  EXPECT_EQ(configuration_defects(".include /opt/more.cnf\n" + good()), (Defects{"it includes other files"}));
  EXPECT_EQ(configuration_defects("[unfinished").size(), 1U);
}

TEST(LayerConfig, EveryCopyOfTheLayersIsRead) {
  const TempDir root = TempDir::create("kif-test-").value();
  const auto put = [&](const std::string& path, const std::string& text) {
    const auto file = root.path() / path.substr(1);
    std::filesystem::create_directories(file.parent_path());
    AtomicFile out = AtomicFile::create(file).value();
    ASSERT_TRUE(out.write(text));
    ASSERT_TRUE(out.commit());
  };
  put(k_layer_config, good());
  LayerPlace place;
  EXPECT_EQ(layer_configuration(root.path(), place).evidence, (Defects{"1 file"}));
  place.files = {"/etc/kif/openssl.cnf", "/usr/lib/ssl/openssl.cnf"};
  EXPECT_EQ(layer_configuration(root.path(), place).outcome, Outcome::fail);
  put("/usr/lib/ssl/openssl.cnf", "# nothing");
  const Finding finding = layer_configuration(root.path(), place);
  EXPECT_EQ(finding.outcome, Outcome::fail);
  EXPECT_EQ(finding.evidence.back(), "/usr/lib/ssl/openssl.cnf: nodejs_conf: no section for nodejs_conf");
  put("/usr/lib/ssl/openssl.cnf", good());
  EXPECT_EQ(layer_configuration(root.path(), place).evidence, (Defects{"2 files"}));
}

} // namespace
} // namespace kif::verify
