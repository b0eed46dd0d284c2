// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/config_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_builder.h"
#include "image/openssl_config.h"

namespace kif::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string with_nul(std::initializer_list<std::string_view> texts) {
  std::string all(1, '\0');
  for (const std::string_view text : texts)
    all += std::string(text) + '\0';
  return all;
}

std::vector<std::string> folders_in(const std::string& content) {
  return openssl_folders_in(std::as_bytes(std::span(content)));
}

TEST(OpensslFolders, IsTheTextOfEveryLibcryptoFrom3On) {
  EXPECT_THAT(folders_in(with_nul({"OPENSSLDIR: \"/usr/lib/ssl\"", "default_properties"})),
              ElementsAre("/usr/lib/ssl"));
  EXPECT_THAT(folders_in(with_nul({"OPENSSLDIR: \"/usr/lib/ssl\""})), IsEmpty()); // 1.1
  EXPECT_THAT(folders_in(with_nul({"OPENSSLDIR: N/A", "default_properties"})), IsEmpty());
}

TEST(OpensslFolders, ALinkWithoutThatTextStillHasTheCertificatesPaths) {
  EXPECT_THAT(folders_in(with_nul(
                  {"default_properties", "/opt/ssl/private", "/opt/ssl", "/opt/ssl/certs", "/opt/ssl/cert.pem"})),
              ElementsAre("/opt/ssl"));
  EXPECT_THAT(folders_in(with_nul({"default_properties", "/opt/ssl/certs", "/opt/ssl/cert.pem"})), IsEmpty());
  EXPECT_THAT(folders_in(with_nul({"/opt/ssl", "/opt/ssl/certs", "/opt/ssl/cert.pem"})), IsEmpty());
}

TEST(OpensslFolders, OnlySanePathsCount) {
  for (const char* path :
       {"", "/", "relative", "/a/../b", "/a/./b", "/a//b", "/a/", "/a b", "/a\tb", "/a$b", "/proc/self/root", "/tmp",
        "/tmp/x", "/run/x", "/dev", "/sys/x", "/var/tmp/x", "/usr/lib/kif", "/etc/kif/x"})
    EXPECT_THAT(folders_in(with_nul({"default_properties", "OPENSSLDIR: \"" + std::string(path) + "\""})), IsEmpty())
        << path;
  EXPECT_THAT(folders_in(with_nul({"default_properties", "OPENSSLDIR: \"/" + std::string(200, 'x') + "\""})),
              IsEmpty());
  EXPECT_THAT(
      folders_in(with_nul({"default_properties", "OPENSSLDIR: \"/tmpx\"", "OPENSSLDIR: \"/nix/store/a-b_1.2+3/ssl\""})),
      ElementsAre("/tmpx", "/nix/store/a-b_1.2+3/ssl"));
}

class ConfigPlacesTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-places-test-").value();
  const std::string m_layer = openssl_config({.module_lines = {{"activate", "1"}}, .ciphers = {}, .groups = {}});

  ConfigPlaces find(const std::vector<TestFile>& files, const std::vector<std::string>& folders) {
    ImageBuilder builder;
    builder.layers = {files};
    const oci::Image image = builder.build(m_dir.path() / "base", "x");
    const oci::FileTree tree = oci::FileTree::read(image).value();
    std::vector<OpensslFolder> found;
    for (const std::string& folder : folders)
      found.push_back({"/lib/libcrypto.so.3", folder});
    return find_config_places(image, tree, found, m_layer).value();
  }
  static std::vector<std::string> paths(const ConfigPlaces& places) {
    std::vector<std::string> all;
    for (const ConfigPlaces::Copy& copy : places.copies)
      all.push_back(copy.path);
    return all;
  }
};

TEST_F(ConfigPlacesTest, AnOwnFileIsReplacedAndItsSectionsKept) {
  const ConfigPlaces places = find({{"opt/ssl/openssl.cnf", "[ca]\na = 1\n"}}, {"/opt/ssl"});
  EXPECT_THAT(paths(places), ElementsAre("/opt/ssl/openssl.cnf"));
  EXPECT_EQ(places.copies[0].own.sections, "\n[ca]\na = 1\n");
  EXPECT_EQ(places.main.sections, places.copies[0].own.sections);
}

TEST_F(ConfigPlacesTest, WhereThereIsNoneOneIsPut) {
  EXPECT_THAT(paths(find({{"etc/", "", 0755}}, {"/opt/x/ssl"})), ElementsAre("/opt/x/ssl/openssl.cnf"));
}

TEST_F(ConfigPlacesTest, ALinkStaysAndItsTargetIsWritten) {
  // Debian's
  const ConfigPlaces places =
      find({{"etc/ssl/openssl.cnf", "[ca]\na = 1\n"}, {"usr/lib/ssl/openssl.cnf", "", 0777, "/etc/ssl/openssl.cnf"}},
           {"/usr/lib/ssl", "/etc/ssl"});
  EXPECT_THAT(paths(places), ElementsAre("/etc/ssl/openssl.cnf"));
  EXPECT_EQ(places.main.sections, "\n[ca]\na = 1\n");
  // To where nothing is, over several links, and through linked folders.
  EXPECT_THAT(paths(find({{"etc/", "", 0755}, {"usr/lib/ssl/openssl.cnf", "", 0777, "../../../etc/ssl/openssl.cnf"}},
                         {"/usr/lib/ssl"})),
              ElementsAre("/etc/ssl/openssl.cnf"));
  EXPECT_THAT(paths(find({{"srv/", "", 0755},
                          {"etc", "", 0777, "srv"},
                          {"usr/ssl/openssl.cnf", "", 0777, "a.cnf"},
                          {"usr/ssl/a.cnf", "", 0777, "/etc/b.cnf"}},
                         {"/usr/ssl"})),
              ElementsAre("/srv/b.cnf"));
}

TEST_F(ConfigPlacesTest, ALinkToTheLayersOwnFileNeedsNoCopy) {
  const ConfigPlaces places =
      find({{"etc/", "", 0755}, {"usr/lib/ssl/openssl.cnf", "", 0777, "/etc/kif/openssl.cnf"}}, {"/usr/lib/ssl"});
  EXPECT_TRUE(places.copies.empty());
  EXPECT_TRUE(places.not_reached.empty());
}

TEST_F(ConfigPlacesTest, EachPlaceKeepsWhatWasThere) {
  const ConfigPlaces places =
      find({{"b/openssl.cnf", "[ca]\na = b\n"}, {"a/openssl.cnf", "[ca]\na = a\n"}}, {"/b", "/a", "/c"});
  EXPECT_THAT(paths(places), ElementsAre("/a/openssl.cnf", "/b/openssl.cnf", "/c/openssl.cnf"));
  EXPECT_EQ(places.copies[0].own.sections, "\n[ca]\na = a\n");
  EXPECT_EQ(places.copies[1].own.sections, "\n[ca]\na = b\n");
  EXPECT_EQ(places.copies[2].own.sections, "");
  EXPECT_EQ(places.main.sections, "\n[ca]\na = b\n"); // the loader's
}

TEST_F(ConfigPlacesTest, APlaceThatCannotBeWrittenToIsNamed) {
  const std::vector<std::vector<TestFile>> images = {
      {{"opt/ssl/openssl.cnf/", "", 0755}},               // a folder
      {{"opt/ssl/openssl.cnf", "", 0777, "/etc/passwd"}}, // not for a configuration
      {{"opt/ssl/openssl.cnf", "", 0777, "/tmp/x.cnf"}},  // everybody's
      {{"opt/ssl/openssl.cnf", "", 0777, "openssl.cnf"}}, // a circle
      {{"opt/ssl", "", 0777, "/nowhere"}},                // a folder that is not there
      {{"opt/ssl", "a file"}},                            // no folder
      {{"opt/ssl/openssl.cnf", "", 0777, "/opt/x y.cnf"}}};
  for (const auto& files : images) {
    const ConfigPlaces places = find(files, {"/opt/ssl"});
    EXPECT_THAT(places.copies, IsEmpty());
    EXPECT_THAT(
        places.not_reached,
        ElementsAre(
            "/lib/libcrypto.so.3 looks for its configuration in /opt/ssl/openssl.cnf, where the layer cannot put "
            "one: without OPENSSL_CONF it runs without FIPS"));
  }
}

TEST_F(ConfigPlacesTest, AnOwnFileThatCannotBeReadIsLeftOutWithAWarning) {
  const ConfigPlaces places = find({{"a/openssl.cnf", "[ca\n"}}, {"/a"});
  EXPECT_THAT(paths(places), ElementsAre("/a/openssl.cnf"));
  EXPECT_EQ(places.copies[0].own.sections, "");
  EXPECT_THAT(places.warnings,
              ElementsAre("none of the image's own OpenSSL sections are kept: cannot read /a/openssl.cnf: "
                          "line 1: a heading without its closing bracket"));
  EXPECT_THAT(find({{"a/openssl.cnf", std::string(300 * 1024, '\n')}}, {"/a"}).warnings, SizeIs(1));
  EXPECT_THAT(
      find({{"a/openssl.cnf", "[ca]\na = $ENV::HOME\n"}}, {"/a"}).warnings,
      ElementsAre(
          "/a/openssl.cnf: lines that stand on variables of the environment or on included files are not kept"));
}

TEST_F(ConfigPlacesTest, ThereIsABound) {
  std::vector<std::string> folders;
  for (int i = 0; i < 40; ++i)
    folders.push_back("/f" + std::to_string(i));
  const ConfigPlaces places = find({{"etc/", "", 0755}}, folders);
  EXPECT_THAT(places.copies, SizeIs(32));
  EXPECT_THAT(places.not_reached, SizeIs(8));
}

} // namespace
} // namespace kif::image
