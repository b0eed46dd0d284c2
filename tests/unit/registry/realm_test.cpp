// SPDX-License-Identifier: Apache-2.0
#include "registry/realm.h"

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

bool gets_login(const std::string& realm, const std::string& registry) {
  return may_get_login(Url::parse(realm, "realm").value(), Url::parse(registry, "registry").value());
}

TEST(Realm, TheOwnOriginGetsTheLogin) {
  EXPECT_TRUE(gets_login("https://ghcr.io/token", "https://ghcr.io/v2/"));
  EXPECT_TRUE(gets_login("http://127.0.0.1:5000/token", "http://127.0.0.1:5000/v2/"));
  EXPECT_TRUE(gets_login("https://[::1]:5000/token", "https://[::1]:5000/v2/"));
  EXPECT_FALSE(gets_login("http://127.0.0.1:5001/token", "http://127.0.0.1:5000/v2/"));
  EXPECT_FALSE(gets_login("https://127.0.0.1:5001/token", "https://127.0.0.1:5000/v2/"));
  EXPECT_FALSE(gets_login("https://localhost:5001/token", "https://localhost:5000/v2/"));
  EXPECT_FALSE(gets_login("https://[::1]:5001/token", "https://[::1]:5000/v2/"));
}

TEST(Realm, TheOwnDomainGetsTheLoginOverTls) {
  EXPECT_TRUE(gets_login("https://auth.docker.io/token", "https://registry-1.docker.io/v2/"));
  EXPECT_TRUE(gets_login("https://gitlab.com/jwt/auth", "https://registry.gitlab.com/v2/"));
  EXPECT_TRUE(gets_login("https://auth.h.example/", "https://h.example/v2/"));
  EXPECT_TRUE(gets_login("https://h.example:5001/", "https://h.example:5000/v2/"));
  EXPECT_TRUE(gets_login("https://auth.h.co.uk/", "https://registry.h.co.uk/v2/"));
  EXPECT_FALSE(gets_login("http://auth.docker.io/token", "https://registry-1.docker.io/v2/"));
  EXPECT_FALSE(gets_login("http://h.example/", "https://h.example/v2/"));
}

TEST(Realm, OthersDoNot) {
  EXPECT_FALSE(gets_login("https://auth.other.example/", "https://registry.h.example/v2/"));
  EXPECT_FALSE(gets_login("https://evildocker.io/", "https://registry-1.docker.io/v2/"));
  EXPECT_FALSE(gets_login("https://docker.io.evil.example/", "https://registry-1.docker.io/v2/"));
  EXPECT_FALSE(gets_login("https://evil.co.uk/", "https://h.co.uk/v2/"));
  EXPECT_FALSE(gets_login("https://x.co.uk/", "https://co.uk/v2/"));
  EXPECT_FALSE(gets_login("https://auth.gcr.io/", "https://gcr.io/v2/"));
  EXPECT_FALSE(gets_login("https://9.0.0.1/", "https://10.0.0.1/v2/"));
  EXPECT_FALSE(gets_login("https://registry/", "https://auth/v2/"));
}

} // namespace
} // namespace kif::oci
