// SPDX-License-Identifier: Apache-2.0
#include "image/openssl_config.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::image {
namespace {

// Regenerate with KIF_UPDATE_GOLDEN=1, and read the difference.
TEST(OpensslConfig, IsTheGoldenFile) {
  const std::string golden = KIF_GOLDEN_DIR "/openssl-3.5.cnf";
  const std::string text = openssl_config({.module_lines = {{"activate", "1"},
                                                            {"install-version", "1"},
                                                            {"module-mac", "00:11:22:33"},
                                                            {"kif-hide", "X25519,X448"}},
                                           .ciphers = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
                                           .groups = "P-256:P-384:P-521"});
  if (std::getenv("KIF_UPDATE_GOLDEN") != nullptr) {
    auto file = AtomicFile::create(golden).value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
  }
  EXPECT_EQ(text, read_file(golden, 1 << 20).value());
}

TEST(OpensslConfig, SettingsOfTheSourceStandInBothSectionsThatLoadIt) {
  const std::string text = openssl_config({.module_lines = {{"activate", "1"}}, .ciphers = {}, .groups = {}},
                                          {.osr = 4, .flags = "ntg1", .memory_bytes = 65536});
  const std::string lines = "kif-osr = 4\nkif-flags = ntg1\nkif-memory-bytes = 65536\n";
  const std::size_t first = text.find(lines);
  ASSERT_NE(first, std::string::npos);
  const std::size_t second = text.find(lines, first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(text.find("kif-osr", second + 1), std::string::npos); // and nowhere else
  EXPECT_LT(text.find("[kif_fips]"), first);
  EXPECT_LT(text.find("[kif_seed_source]"), second);
  EXPECT_EQ(openssl_config({}, {}).find("kif-osr"), std::string::npos);
}

} // namespace
} // namespace kif::image
