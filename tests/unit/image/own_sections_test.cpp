// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/own_sections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "image/inspection/conf_text.h"
#include "image/libcrypto_conf.h"
#include "image/openssl_config.h"

namespace kif::image {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string k_layer = openssl_config({.module_lines = {{"activate", "1"}}, .ciphers = {}, .groups = {}});

OwnSections keep(std::string_view own) {
  auto kept = keep_own_sections(own, "x", k_layer);
  EXPECT_TRUE(kept) << (kept ? "" : kept.error().message);
  return kept ? *std::move(kept) : OwnSections{};
}

TEST(OwnSections, WhatCommandsReadIsKept) {
  const std::string own = read_file("/etc/ssl/openssl.cnf", k_max_conf_bytes).value(); // Debian's
  const std::string text = with_own_sections(k_layer, keep(own));
  const LibcryptoConf before(own);
  const LibcryptoConf after(text);
  ASSERT_TRUE(before.is_good() && after.is_good());
  for (const auto& [section, name] : {std::pair("ca", "default_ca"),
                                      {"CA_default", "database"},
                                      {"policy_match", "commonName"},
                                      {"req", "distinguished_name"},
                                      {"req_distinguished_name", "countryName_default"},
                                      {"usr_cert", "basicConstraints"},
                                      {"v3_ca", "basicConstraints"},
                                      {"tsa", "default_tsa"},
                                      {"tsa_config1", "serial"},
                                      {"tsa_config1", "crypto_device"},
                                      {"default", "oid_section"},
                                      {"new_oids", "tsa_policy1"}}) {
    EXPECT_NE(before.value(section, name), std::nullopt) << section << " " << name;
    EXPECT_EQ(after.value(section, name), before.value(section, name)) << section << " " << name;
  }
  EXPECT_EQ(after.value("default", "openssl_conf"), "kif_init");
  EXPECT_EQ(after.value("default", "nodejs_conf"), "kif_init");
  EXPECT_EQ(after.value("kif_providers", "fips"), "kif_fips");
  EXPECT_EQ(after.size("openssl_init"), std::nullopt);
}

TEST(OwnSections, NothingThatChoosesCodeOrAlgorithmsIsKept) {
  const OwnSections kept = keep(R"(
openssl_conf = init
nodejs_conf = node_init
nginx = nginx_init
config_diagnostics = 0
RANDFILE = /tmp/rnd
.include /etc/more.cnf
[init]
providers = providers
alg_section = algorithms
ssl_conf = tls
engines.1 = engines
[providers]
default = on
[on]
activate = 1
[algorithms]
default_properties = fips=no
[tls]
system_default = tls_default
[tls_default]
Groups = X25519
[engines]
x = y
[node_init]
random = generator
[generator]
seed = SEED-SRC
[nginx_init]
/lib/evil = y
[kif_fips]
module = /evil.so
[ca]
default_ca = my_ca
kif_providers::default = on
default::openssl_conf = init
[my_ca]
dir = /ca
serial = $dir/serial
RANDFILE = $dir/.rand
providers = providers
[cmp]
engine = evil
provider = default
provider-path = /evil
propquery = -fips
rand = /tmp/x
server = a:1
[tsa_1]
crypto_device = chil
signer_digest = sha256
)");
  EXPECT_EQ(kept.defaults, "");
  EXPECT_EQ(kept.sections,
            "\n[ca]\ndefault_ca = my_ca\n\n[my_ca]\ndir = /ca\nserial = /ca/serial\n\n[cmp]\nserver = a:1\n\n[tsa_1]\n"
            "signer_digest = sha256\n");
}

TEST(OwnSections, AnEntryOfTheDefaultSectionThatAnyProgramMayReadLeadsNowhere) {
  EXPECT_EQ(keep("x = s\ndir = /a\n[s]\na = 1\n").defaults, "dir = /a\n");
  EXPECT_EQ(keep("default_ca = s\n[s]\na = 1\n").defaults, "default_ca = s\n");
  // Not by the detour over one of the layer's either, and none of the layer's is set anew.
  EXPECT_EQ(keep("x = kif_init\nconfig_diagnostics = 0\ny = 1\n").defaults, "y = 1\n");
}

TEST(OwnSections, NamesForOidsAreKeptAndNothingElseUnderThatName) {
  EXPECT_EQ(keep("oid_section = o\n[o]\na = 1.2.3\nb = long name, 1.2.4\n").defaults, "oid_section = o\n");
  for (const char* entry : {"a = md5", "a = 1.2.3, md5", "a = .1", "a = 1..2", "a =", "a = $ENV::HOME"}) {
    const OwnSections kept = keep("oid_section = o\n[o]\n" + std::string(entry) + "\n");
    EXPECT_EQ(kept.defaults + kept.sections, "") << entry;
  }
  // A section that the image's own initialisation and the commands share stays for the commands.
  EXPECT_EQ(keep("openssl_conf = i\noid_section = o\n[i]\noid_section = o\n[o]\na = 1.2.3\n").sections,
            "\n[o]\na = 1.2.3\n");
  EXPECT_EQ(keep("openssl_conf = o\noid_section = o\n[o]\na = 1.2.3\n").defaults, "");
}

TEST(OwnSections, LinesWithoutAValueAreSaidToBeMissing) {
  EXPECT_FALSE(keep("[s]\na = 1\n").has_unknown);
  const OwnSections kept = keep("[s]\na = $ENV::HOME\nb = 2\n");
  EXPECT_TRUE(kept.has_unknown);
  EXPECT_EQ(kept.sections, "\n[s]\nb = 2\n");
}

TEST(OwnSections, WithoutARequestSectionThereIsOne) {
  for (const char* own : {"", "[x]\na = 1\n", "[v3_ca]\na = 1\n"}) {
    const std::string text = with_own_sections(k_layer, keep(own));
    const LibcryptoConf conf(text);
    ASSERT_TRUE(conf.is_good());
    EXPECT_EQ(conf.value("req", "distinguished_name"), "req_distinguished_name");
    EXPECT_EQ(conf.value("v3_ca", "basicConstraints").has_value(),
              std::string_view(own).find("v3_ca") == std::string_view::npos);
  }
  EXPECT_THAT(with_own_sections(k_layer, keep("[req]\na = 1\n")), Not(HasSubstr("req_distinguished_name")));
}

TEST(OwnSections, TextThatCannotBeReadIsAnError) {
  EXPECT_FALSE(keep_own_sections("[s", "x", k_layer));
}

// Regenerate with KIF_UPDATE_GOLDEN=1, and read the difference.
TEST(OwnSections, IsTheGoldenFile) {
  const std::string golden = KIF_GOLDEN_DIR "/openssl-own.cnf";
  const std::string text =
      with_own_sections(openssl_config({.module_lines = {{"activate", "1"}}, .ciphers = {}, .groups = {}}),
                        keep("oid_section = oids\ndir = ./ca\n[oids]\npolicy = "
                             "1.2.3.4\n[ca]\ndefault_ca = it\n[it]\nserial = $dir/serial # text\n"));
  if (std::getenv("KIF_UPDATE_GOLDEN") != nullptr) {
    auto file = AtomicFile::create(golden).value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
  }
  EXPECT_EQ(text, read_file(golden, 1 << 20).value());
}

} // namespace
} // namespace kif::image
