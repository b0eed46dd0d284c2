// SPDX-License-Identifier: Apache-2.0
#include "registry/hashed_folder.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::oci {
namespace {

class HashedFolder : public testing::Test {
protected:
  void put(const std::string& name) { std::ofstream(m_folder.path() / name) << "x"; }
  bool is_hashed() const { return is_hashed_folder(m_folder.path()); }

  TempDir m_folder = TempDir::create("kif-hashed-").value();
};

TEST_F(HashedFolder, WantsANameForEachCertificate) {
  EXPECT_FALSE(is_hashed_folder(m_folder.path() / "none"));
  put("ca-certificates.crt");
  EXPECT_FALSE(is_hashed());
  put("a.pem");
  put("b.crt");
  put("0123abcd.0");
  EXPECT_FALSE(is_hashed()) << "one stray name does not displace the bundle";
  put("0123abcd.1");
  EXPECT_TRUE(is_hashed());
}

TEST_F(HashedFolder, ManyNamesWillDo) {
  for (int i = 0; i < 40; ++i)
    put("authority" + std::to_string(i) + ".pem");
  for (int i = 10; i < 41; ++i)
    put("0123ab" + std::to_string(i) + ".0");
  EXPECT_FALSE(is_hashed());
  put("0123ab50.0");
  EXPECT_TRUE(is_hashed());
}

TEST_F(HashedFolder, OtherNamesDoNotCount) {
  for (const char* name : {"0123abc.0", "0123abcde.0", "0123abcg.0", "0123abcd", "0123abcd.r0", "0123ABCD.0"})
    put(name);
  EXPECT_FALSE(is_hashed());
}

} // namespace
} // namespace kif::oci
