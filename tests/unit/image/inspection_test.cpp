// SPDX-License-Identifier: Apache-2.0
#include "image/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_builder.h"

namespace kif::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MATCHER_P2(Libcrypto, path, version, "") {
  return arg.path == path && arg.version == version;
}

class InspectionTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-inspection-test-").value();
  ImageBuilder m_image;

  Result<Inspection> look() {
    const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
    KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image, {.head_bytes = k_inspection_head_bytes}));
    return inspect(image, tree, [](std::string_view) {});
  }
  // Code and reason of the refusal, without "cannot harden NAME: ".
  std::string refusal() {
    const auto result = look();
    if (result)
      return "accepted";
    EXPECT_EQ(result.error().code, ErrorCode::unsupported);
    const std::string head = "cannot harden oci:" + (m_dir.path() / "layout").string() + ":x: ";
    EXPECT_THAT(result.error().message, testing::StartsWith(head));
    return result.error().message.substr(head.size());
  }
};

TEST_F(InspectionTest, FindsLibcAndLibcryptoThroughMergedUsr) {
  m_image.layers = {fake_system()};
  const Inspection found = look().value();
  EXPECT_EQ(found.glibc.version.text(), "2.36");
  EXPECT_EQ(found.glibc_path, "/usr/lib/libc.so.6");
  EXPECT_THAT(found.libcrypto, Libcrypto("/usr/lib/libcrypto.so.3", "3.0.15"));
  EXPECT_THAT(found.other_shared, IsEmpty());
  EXPECT_THAT(found.linked_in, IsEmpty());
}

TEST_F(InspectionTest, AnUpperLayerDecides) {
  m_image.layers = {fake_system(), {{"usr/lib/libcrypto.so.3", fake_libcrypto("3.5.4")}}};
  EXPECT_THAT(look().value().libcrypto, Libcrypto("/usr/lib/libcrypto.so.3", "3.5.4"));
  m_image.layers = {fake_system(), {{"usr/lib/.wh.libcrypto.so.3"}}};
  EXPECT_EQ(refusal(), "it has no libcrypto");
}

TEST_F(InspectionTest, FilesWithOpensslLinkedInAreNamed) {
  const std::string text = "OpenSSL 3.0.13 30 Jan 2024";
  m_image.layers = {fake_system(),
                    {{"usr/bin/static", build_elf({.text = text})},
                     {"usr/bin/uses", build_elf({.needed = {"libcrypto.so.3"}, .text = text})},
                     {"usr/lib/wheel.so", build_elf({.needed = {"libc.so.6"}, .text = text})},
                     {"usr/share/doc/text", text},
                     {"usr/bin/broken", build_elf({.text = text}).substr(0, 250) + text}}};
  EXPECT_THAT(look().value().linked_in,
              ElementsAre(Libcrypto("/usr/bin/broken", "3.0.13"), Libcrypto("/usr/bin/static", "3.0.13"),
                          Libcrypto("/usr/lib/wheel.so", "3.0.13")));
}

TEST_F(InspectionTest, FurtherLibcryptosAreListed) {
  m_image.layers = {
      fake_system(),
      {{"opt/app/libcrypto-5a2c.so.3",
        build_elf({.soname = "libcrypto-5a2c.so.3", .text = "OpenSSL 3.2.1 30 Jan 2024"})},
       {"usr/lib/libcrypto.so.1.1", build_elf({.soname = "libcrypto.so.1.1", .text = "OpenSSL 1.1.1w  11 Sep 2023"})}}};
  EXPECT_THAT(look().value().other_shared, ElementsAre(Libcrypto("/opt/app/libcrypto-5a2c.so.3", "3.2.1"),
                                                       Libcrypto("/usr/lib/libcrypto.so.1.1", "1.1.1w")));
}

TEST_F(InspectionTest, TheLoadersConfigurationIsFollowed) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()},
                     {"etc/ld.so.conf", "# folders\ninclude /etc/ld.so.conf.d/*.conf\n"},
                     {"etc/ld.so.conf.d/openssl.conf", "/opt/openssl/lib # ours\n"},
                     {"opt/openssl/lib/libcrypto.so.3", fake_libcrypto("3.4.1")}}};
  EXPECT_THAT(look().value().libcrypto, Libcrypto("/opt/openssl/lib/libcrypto.so.3", "3.4.1"));
}

TEST_F(InspectionTest, TheImagesOwnLibraryPathComesFirst) {
  m_image.config["config"]["Env"] = {"LD_LIBRARY_PATH=/opt/a:/opt/b"};
  m_image.layers = {fake_system(), {{"opt/b/libcrypto.so.3", fake_libcrypto("3.3.2")}}};
  EXPECT_THAT(look().value().libcrypto, Libcrypto("/opt/b/libcrypto.so.3", "3.3.2"));
}

TEST_F(InspectionTest, LibrariesOfAnotherArchitectureArePassedOver) {
  m_image.layers = {
      {{"usr/lib/x86_64-linux-gnu/libc.so.6", fake_libc("2.41")},
       {"usr/lib/x86_64-linux-gnu/libcrypto.so.3", fake_libcrypto("3.5.0")},
       {"etc/ld.so.conf", "/usr/lib/aarch64-linux-gnu\n"},
       {"usr/lib/aarch64-linux-gnu/libc.so.6", build_elf({.machine = EM_AARCH64, .definitions = {"GLIBC_2.31"}})},
       {"usr/lib/aarch64-linux-gnu/libcrypto.so.3",
        build_elf({.machine = EM_AARCH64, .text = "OpenSSL 3.0.2 15 Mar 2022"})}}};
  const Inspection found = look().value();
  EXPECT_EQ(found.glibc.version.text(), "2.41");
  EXPECT_EQ(found.libcrypto.version, "3.5.0");
}

TEST_F(InspectionTest, MuslIsRefusedByName) {
  m_image.layers = {{{"lib/ld-musl-x86_64.so.1", build_elf({})}, {"usr/lib/libcrypto.so.3", fake_libcrypto()}}};
  EXPECT_EQ(refusal(), "it uses musl, not glibc");
}

TEST_F(InspectionTest, NoLibcIsRefused) {
  m_image.layers = {{{"app", build_elf({.type = ET_EXEC})}}};
  EXPECT_EQ(refusal(), "it has no glibc");
}

TEST_F(InspectionTest, NoLibcryptoIsRefused) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}}};
  EXPECT_EQ(refusal(), "it has no libcrypto");
}

TEST_F(InspectionTest, OldOpensslAloneIsRefusedWithItsVersion) {
  m_image.layers = {
      {{"usr/lib/libc.so.6", fake_libc()},
       {"usr/lib/libcrypto.so.1.1", build_elf({.soname = "libcrypto.so.1.1", .text = "OpenSSL 1.1.1w  11 Sep 2023"})}}};
  EXPECT_EQ(refusal(),
            "it has OpenSSL 1.1.1w (/usr/lib/libcrypto.so.1.1), which cannot load a FIPS module of OpenSSL 3");
}

TEST_F(InspectionTest, ALibcryptoThatTheLoaderDoesNotFindIsNamed) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"opt/x/libcrypto.so.3", fake_libcrypto()}}};
  EXPECT_EQ(refusal(), "its loader finds no libcrypto.so.3");
  EXPECT_THAT(look().error().hint, HasSubstr("/opt/x/libcrypto.so.3"));
}

TEST_F(InspectionTest, OnlyALinkedInLibcryptoIsNamed) {
  m_image.layers = {
      {{"usr/lib/libc.so.6", fake_libc()}, {"usr/bin/node", build_elf({.text = "OpenSSL 3.0.13 30 Jan 2024"})}}};
  EXPECT_EQ(refusal(), "it has no libcrypto.so.3");
  EXPECT_THAT(look().error().hint, HasSubstr("/usr/bin/node has OpenSSL 3.0.13 linked in"));
}

TEST_F(InspectionTest, AnotherLibraryUnderTheNameIsRefused) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"usr/lib/libcrypto.so.3", build_elf({})}}};
  EXPECT_EQ(refusal(), "/usr/lib/libcrypto.so.3 is not OpenSSL's libcrypto");
}

TEST_F(InspectionTest, ABrokenLibcIsInvalid) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc().substr(0, 100)}}};
  const auto result = look();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(result.error().message, "cannot read ELF file /usr/lib/libc.so.6: a program header lies outside the file");
}

} // namespace
} // namespace kif::image
