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
  const std::string text = openssl_config({{"activate", "1"}, {"install-version", "1"}, {"module-mac", "00:11:22:33"}});
  if (std::getenv("KIF_UPDATE_GOLDEN") != nullptr) {
    auto file = AtomicFile::create(golden).value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
  }
  EXPECT_EQ(text, read_file(golden, 1 << 20).value());
}

} // namespace
} // namespace kif::image
