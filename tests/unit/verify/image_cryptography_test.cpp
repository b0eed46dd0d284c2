// SPDX-License-Identifier: Apache-2.0
#include "verify/image_cryptography.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "image/image_builder.h"
#include "layer/extract.h"
#include "verify/apart.h"

namespace kif::verify {
namespace {

using image::TestFile;
using namespace std::string_literals;

std::string gnutls() {
  return elf::build_elf({.soname = "libgnutls.so.30", .needed = {"libc.so.6"}, .imports = {"getrandom"}});
}

std::string libcrypto(const std::string& folder, const std::string& version = "3.5.4") {
  return elf::build_elf(
      {.soname = "libcrypto.so.3",
       .needed = {"libc.so.6"},
       .text = "OpenSSL " + version + " 30 Sep 2025\0default_properties\0OPENSSLDIR: \""s + folder + "\"\0"s});
}

class ImageCryptographyTest : public testing::Test {
protected:
  TempDir folder = TempDir::create("kif-test-").value();
  std::vector<TestFile> base = {{"usr/lib/libcrypto.so.3", libcrypto("/usr/lib/ssl")},
                                {"usr/lib/libgnutls.so.30", gnutls()},
                                {"usr/lib/python3.11/site-packages/", "", 0755},
                                {"bin/sh", elf::build_elf({.needed = {"libc.so.6"}})}};
  std::vector<TestFile> own = {{"usr/lib/ssl/openssl.cnf", "# kif's"},
                               {"usr/lib/kif/libown.so", gnutls()},
                               {"usr/lib/python3.11/site-packages/kif_approved_digests.py", "#"},
                               {"usr/lib/python3.11/site-packages/kif_approved_digests.pth", "#"}};
  std::vector<TestFile> above;
  std::vector<std::string> environment;
  std::vector<std::string> not_reached = {"GnuTLS has cryptography of its own: /usr/lib/libgnutls.so.30"};
  ImageCryptography found;

  const CryptographyFile* look(const std::string& path) {
    image::ImageBuilder builder;
    builder.layers = {base, own};
    if (!above.empty())
      builder.layers.push_back(above);
    builder.config["config"]["Labels"] = {
        {"kif.layer.diff-id", Digest::of(image::ImageBuilder::make_tar(own)).text()}};
    const std::string number = std::to_string(++m_count);
    const oci::Image image = builder.build(folder.path() / ("layout" + number), "x");
    const oci::FileTree tree = oci::FileTree::read(image, program_tree_options()).value();
    const LayerPlace place = find_layer_place(image, tree);
    CryptographySearch search(tree, place);
    EXPECT_TRUE(oci::extract_root(image, tree, folder.path() / ("root" + number), search.look()));
    found = std::move(search).finish(environment);
    mark_known(found.files, not_reached);
    const auto file = std::ranges::find(found.files, path, &CryptographyFile::path);
    return file == found.files.end() ? nullptr : &*file;
  }
  Finding finding(std::size_t number) { return cryptography_findings(found)[number]; }

private:
  int m_count = 0;
};

TEST_F(ImageCryptographyTest, WhatTheLayerReachesOrNamesIsToldAndPasses) {
  const CryptographyFile* file = look("/usr/lib/libcrypto.so.3");
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->is_reached);
  EXPECT_EQ(file->version, "3.5.4");
  EXPECT_EQ(found.files.size(), 3U) << "the layer's own files are another finding's";
  EXPECT_EQ(finding(0).evidence,
            (std::vector<std::string>{
                "/usr/lib/libgnutls.so.30: GnuTLS has cryptography of its own; random bytes: getrandom of libc; the FIPS "
                "layer does not reach it, and says so",
                "/usr/lib/libcrypto.so.3: OpenSSL 3.5.4; random bytes: the layer's FIPS module; the FIPS layer reaches it",
                "/usr/lib/python3.11/site-packages: a Python whose own digests follow OpenSSL's approved mode; random "
                "bytes: getrandom of libc; the FIPS layer reaches it"}));
  EXPECT_EQ(finding(1).outcome, Outcome::pass);
  EXPECT_EQ(finding(1).evidence, (std::vector<std::string>{"3 files with cryptography"}));
}

TEST_F(ImageCryptographyTest, WhatCameInALaterLayerIsNotKnownToIt) {
  above = {{"opt/libsodium.so.23", elf::build_elf({.soname = "libsodium.so.23", .needed = {"libc.so.6"}})}};
  const CryptographyFile* file = look("/opt/libsodium.so.23");
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->is_above);
  EXPECT_FALSE(file->is_reached || file->is_known);
  EXPECT_EQ(finding(0).outcome, Outcome::pass) << "it names";
  EXPECT_NE(finding(0).evidence[0].find("; in a layer above the FIPS layer"), std::string::npos);
  EXPECT_EQ(finding(1).outcome, Outcome::could_not_check);
  EXPECT_TRUE(finding(1).essential);
  EXPECT_EQ(finding(1).evidence,
            (std::vector<std::string>{
                "/opt/libsodium.so.23: libsodium has cryptography of its own",
                "harden the image anew (kif harden --force): it reaches what it can, and names the rest"}));
}

TEST_F(ImageCryptographyTest, ALibcryptoIsReachedWhereItsOwnFolderHasTheLayersConfiguration) {
  above = {{"usr/lib/libcrypto.so.3", libcrypto("/usr/lib/ssl", "3.5.5")}}; // what an upgrade does
  EXPECT_TRUE(look("/usr/lib/libcrypto.so.3")->is_reached);
  above = {{"opt/libcrypto.so.3", libcrypto("/opt/ssl")}};
  EXPECT_FALSE(look("/opt/libcrypto.so.3")->is_reached);
  above.push_back({"opt/ssl/openssl.cnf", "# another"});
  EXPECT_FALSE(look("/opt/libcrypto.so.3")->is_reached);
  own.push_back({"opt/ssl/openssl.cnf", "# kif's"});
  above.pop_back();
  EXPECT_TRUE(look("/opt/libcrypto.so.3")->is_reached);
  above = {{"opt/libcrypto.so.3", libcrypto("/opt/ssl", "5.0.0")}};
  EXPECT_FALSE(look("/opt/libcrypto.so.3")->is_reached) << "a major version that the layer does not serve";
}

TEST_F(ImageCryptographyTest, APythonIsReachedByItsHook) {
  above = {{"opt/lib/python3.13/os.py", ""}};
  const CryptographyFile* file = look("/opt/lib/python3.13/site-packages");
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(file->is_reached);
  EXPECT_EQ(finding(1).outcome, Outcome::could_not_check);
  above = {{"usr/lib/python3.11/site-packages/kif_approved_digests.py", "# another"}};
  EXPECT_FALSE(look("/usr/lib/python3.11/site-packages")->is_reached);
}

TEST_F(ImageCryptographyTest, AJavaIsReachedByItsSecurityProperties) {
  base.push_back({"opt/jdk/lib/server/libjvm.so", elf::build_elf({.soname = "libjvm.so"})});
  own.push_back({"opt/jdk/conf/security/java.security", "# kif's"});
  EXPECT_TRUE(look("/opt/jdk/lib/server/libjvm.so")->is_reached);
  EXPECT_EQ(found.javas, (std::vector<std::string>{"/opt/jdk"}));
  above = {{"opt/jdk/conf/security/java.security", "# another"}};
  EXPECT_FALSE(look("/opt/jdk/lib/server/libjvm.so")->is_reached);
  EXPECT_TRUE(found.javas.empty());
}

TEST_F(ImageCryptographyTest, NodeIsReachedByItsOption) {
  above = {{"opt/node", elf::build_elf({.needed = {"libc.so.6"}, .text = "\0nodejs_conf\0"s})}};
  EXPECT_FALSE(look("/opt/node")->is_reached);
  environment = {"NODE_OPTIONS=--enable-source-maps --force-fips"};
  EXPECT_TRUE(look("/opt/node")->is_reached);
}

TEST(ImageCryptography, TheEvidenceIsBoundedAndTheWholeListIsNot) {
  ImageCryptography found;
  for (int i = 0; i < 50; ++i)
    found.files.push_back({.path = "/opt/" + std::to_string(i), .what = "own", .version = {}, .random_source = {}});
  const auto findings = cryptography_findings(found);
  EXPECT_EQ(findings[0].evidence.size(), 21U);
  EXPECT_EQ(findings[0].evidence.back(), "and 30 more");
  EXPECT_EQ(findings[1].evidence.size(), 22U);
  EXPECT_EQ(findings[1].evidence[20], "and 30 more");
  found = {.files = {}, .not_listed = 3};
  EXPECT_EQ(cryptography_findings(found)[1].outcome, Outcome::could_not_check);
}

TEST(ImageCryptography, APathIsKnownAsAWholeWord) {
  std::vector<CryptographyFile> files(5);
  files[0].path = "/a/b";
  files[1].path = "/a";
  files[2].path = "/x y";
  files[3].path = "/c";
  files[4].path = "/d";
  mark_known(files, {"GnuTLS has cryptography of its own: /a/b, /c and 3 more", "/x y has OpenSSL 3.0.1 linked in"});
  EXPECT_TRUE(files[0].is_known);
  EXPECT_FALSE(files[1].is_known);
  EXPECT_TRUE(files[2].is_known);
  EXPECT_TRUE(files[3].is_known);
  EXPECT_FALSE(files[4].is_known);
}

} // namespace
} // namespace kif::verify
