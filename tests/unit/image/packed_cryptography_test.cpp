// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/packed_cryptography.h"

#include <gtest/gtest.h>

namespace kif::image {
namespace {

TEST(PackedCryptography, JarsAndWheelsAreToldByName) {
  EXPECT_EQ(packed_cryptography("conscrypt-openjdk-uber-2.5.2.jar"),
            "Conscrypt brings BoringSSL, which takes no providers");
  EXPECT_EQ(packed_cryptography("bcprov-jdk18on-1.78.jar"),
            "Bouncy Castle's ordinary library has cryptography of its own");
  EXPECT_EQ(packed_cryptography("netty-tcnative-boringssl-static-2.0.65.Final-linux-x86_64.jar"),
            "netty-tcnative brings BoringSSL, which takes no providers");
  EXPECT_EQ(packed_cryptography("netty-tcnative-2.0.65.Final.jar"), "netty-tcnative brings TLS that is not Java's");
  EXPECT_EQ(packed_cryptography("cryptography-42.0.8-cp39-abi3-manylinux_2_28_x86_64.whl"),
            "this wheel, not installed yet, has an OpenSSL inside");
}

TEST(PackedCryptography, OtherFilesAreNot) {
  for (const char* name : {"", ".jar", "bcprov-jdk18on-1.78.pom", "app-bcprov-1.jar", "netty-handler-4.1.jar",
                           "cryptography-42.0.8.tar.gz", "conscrypt-1.whl", "cryptography-1.jar"})
    EXPECT_EQ(packed_cryptography(name), std::nullopt) << name;
}

} // namespace
} // namespace kif::image
