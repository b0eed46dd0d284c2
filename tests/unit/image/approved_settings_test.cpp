// SPDX-License-Identifier: Apache-2.0
#include "image/approved_settings.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::image {
namespace {

using facts::ReleaseLine;
using testing::HasSubstr;
using testing::Not;

const facts::ApprovedTable& table() {
  static const facts::ApprovedTable table = facts::read_approved(KIF_DATA_DIR "/approved.yaml").value();
  return table;
}

std::vector<std::string> all_features() {
  std::vector<std::string> names;
  for (const facts::Feature& feature : table().features)
    names.push_back(feature.name);
  return names;
}

PayloadFile module(const std::string& version) {
  return read_fips_module(std::string(KIF_DEPS_DIR) + "/modules/" + version).value();
}

std::string line(const ApprovedSettings& settings, std::string_view key) {
  const auto found = std::ranges::find(settings.module_lines, key, &ConfigLine::key);
  return found == settings.module_lines.end() ? "(none)" : found->value;
}

TEST(ApprovedSettings, EverySwitchIsOnUnlessItsFeatureWasAskedFor) {
  const PayloadFile newest = module("3.6");
  const ApprovedSettings strict = approved_settings(newest, table(), {}, ReleaseLine{3, 6});
  const ApprovedSettings with_sha1 = approved_settings(newest, table(), {"sha1-signatures"}, ReleaseLine{3, 6});
  for (const facts::Switch& one : table().switches) {
    EXPECT_EQ(line(strict, one.key), "1") << one.key;
    EXPECT_EQ(line(with_sha1, one.key), one.key == "signature-digest-check" ? "0" : "1") << one.key;
  }
  EXPECT_EQ(line(strict, "kif-compat"), "(none)");
  EXPECT_EQ(line(with_sha1, "kif-compat"), "sha1-signatures");
  const ApprovedSettings all = approved_settings(newest, table(), all_features(), ReleaseLine{3, 6});
  for (const facts::Switch& one : table().switches)
    EXPECT_EQ(line(all, one.key), one.feature.empty() ? "1" : "0") << one.key;
}

TEST(ApprovedSettings, WhatAnOldModuleCannotRefuseIsHidden) {
  for (const char* old : {"3.0.8", "3.1.2"}) {
    const PayloadFile file = module(old);
    EXPECT_EQ(line(approved_settings(file, table(), {}, ReleaseLine{3, 0}), "kif-hide"), "X25519,X448,Ed25519,Ed448");
    EXPECT_EQ(line(approved_settings(file, table(), {"eddsa"}, ReleaseLine{3, 0}), "kif-hide"), "X25519,X448");
  }
  for (const char* newer : {"3.4.0", "3.5", "3.6"})
    EXPECT_EQ(line(approved_settings(module(newer), table(), {}, ReleaseLine{3, 0}), "kif-hide"), "X25519,X448");
}

TEST(ApprovedSettings, GuardsStandInForSwitchesThatTheModuleLacks) {
  facts::ApprovedTable guarded = table();
  for (facts::Feature& feature : guarded.features)
    feature.is_guarded = feature.name == "tls12-without-ems" || feature.name == "sha1-signatures";
  const auto refused = [&](const char* version, const std::vector<std::string>& compat) {
    return line(approved_settings(module(version), guarded, compat, ReleaseLine{3, 0}), "kif-refuse");
  };
  EXPECT_EQ(refused("3.0.8", {}), "tls12-without-ems,sha1-signatures");
  EXPECT_EQ(refused("3.1.2", {}), "sha1-signatures"); // it has tls1-prf-ems-check
  EXPECT_EQ(refused("3.5", {}), "(none)");
  EXPECT_EQ(refused("3.0.8", {"sha1-signatures"}), "tls12-without-ems");
}

TEST(ApprovedSettings, RsaKeyExchangeIsOutOfTls12UnlessAskedFor) {
  const PayloadFile file = module("3.5");
  EXPECT_THAT(":" + approved_settings(file, table(), {}, ReleaseLine{3, 5}).ciphers + ":",
              Not(HasSubstr(":AES256-GCM-SHA384:")));
  EXPECT_THAT(":" + approved_settings(file, table(), {"rsa-pkcs1-encryption"}, ReleaseLine{3, 5}).ciphers + ":",
              HasSubstr(":AES256-GCM-SHA384:"));
}

TEST(ApprovedSettings, HybridGroupsNeedModuleAndLibssl) {
  const std::string plain = "P-256:P-384:P-521";
  const std::string hybrid = "?*SecP256r1MLKEM768:?SecP384r1MLKEM1024/*P-256:P-384:P-521";
  const auto groups = [](const char* version, const std::optional<ReleaseLine>& libssl,
                         const std::vector<std::string>& compat = {}) {
    return approved_settings(module(version), table(), compat, libssl).groups;
  };
  EXPECT_EQ(groups("3.5", ReleaseLine{3, 5}), hybrid);
  EXPECT_EQ(groups("3.6", ReleaseLine{4, 0}), hybrid);
  EXPECT_EQ(groups("3.5", ReleaseLine{3, 4}), plain);
  EXPECT_EQ(groups("3.4.0", ReleaseLine{3, 6}), plain);
  EXPECT_EQ(groups("3.0.8", ReleaseLine{3, 6}), plain);
  EXPECT_EQ(groups("3.5", std::nullopt), plain);
  EXPECT_EQ(groups("3.5", ReleaseLine{3, 5}, {"x25519mlkem768"}),
            "?*SecP256r1MLKEM768:?SecP384r1MLKEM1024:?*X25519MLKEM768/*P-256:P-384:P-521");
  EXPECT_EQ(groups("3.5", ReleaseLine{3, 0}, {"x25519mlkem768"}), plain);
}

TEST(OldestLibssl, IsTheLowestThatReadsTheConfiguration) {
  Inspection found;
  found.libcrypto = {"/usr/lib/libcrypto.so.3", "3.5.4"};
  EXPECT_EQ(oldest_libssl(found), (ReleaseLine{3, 5}));
  found.other_shared = {{"/old/libcrypto.so.1.1", "1.1.1w"}};
  EXPECT_EQ(oldest_libssl(found), (ReleaseLine{3, 5}));
  found.linked_in = {{"/usr/bin/node", "3.0.17"}};
  EXPECT_EQ(oldest_libssl(found), (ReleaseLine{3, 0}));
  found.linked_in.push_back({"/usr/bin/unknown", ""});
  EXPECT_EQ(oldest_libssl(found), std::nullopt);
}

TEST(ApprovedSettings, AFeatureThatChangesNothingIsWarnedOf) {
  const auto warnings = [](const char* version, const std::vector<std::string>& compat, ReleaseLine libssl) {
    std::string text;
    for (const std::string& warning : compat_warnings(module(version), table(), compat, libssl))
      text += warning + "\n";
    return text;
  };
  EXPECT_EQ(warnings("3.1.2", {"sha1-signatures", "eddsa", "3des-encryption"}, ReleaseLine{3, 0}),
            "--compat sha1-signatures changes nothing with module 3.1.2\n"
            "--compat eddsa changes nothing with module 3.1.2\n");
  EXPECT_EQ(warnings("3.6", {"small-curves"}, ReleaseLine{3, 6}).substr(0, 45),
            "--compat small-curves changes nothing with mo");
  EXPECT_EQ(warnings("3.6", {"x25519mlkem768", "sha1-signatures"}, ReleaseLine{3, 6}), "");
  EXPECT_THAT(warnings("3.6", {"x25519mlkem768"}, ReleaseLine{3, 0}), HasSubstr("changes nothing in this image"));
  EXPECT_EQ(warnings("3.0.8", {"eddsa", "small-curves"}, ReleaseLine{3, 0}), "");
}

} // namespace
} // namespace kif::image
