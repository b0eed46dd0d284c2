// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_builder.h"

namespace kif::image {
namespace {

using namespace std::string_literals;
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
    KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image, inspection_options()));
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

// The cost of an inspection is the bytes that it unpacks: each layer once for the tree, and once for the programs in
// it, whatever the number of files that are read whole.
TEST_F(InspectionTest, NoLayerIsUnpackedForASingleFile) {
  std::vector<TestFile> configs = {{"etc/ld.so.conf", "include ld.so.conf.d/*.conf\n"},
                                   {"etc/ld.so.conf.d/last.conf", "/opt/last\n"},
                                   {"opt/last/libcrypto.so.4", fake_libcrypto("4.0.3")}};
  for (int i = 0; i < 20'000; ++i)
    configs.push_back({"etc/ld.so.conf.d/f" + std::to_string(i) + ".conf", "# nothing\n"});
  m_image.layers = {fake_system(), configs};
  const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
  const oci::FileTree tree = oci::FileTree::read(image, inspection_options()).value();
  const Inspection found = inspect(image, tree, [](std::string_view) {}).value();
  EXPECT_THAT(found.libcrypto, Libcrypto("/opt/last/libcrypto.so.4", "4.0.3")) << "Fedora's relative include";
  EXPECT_THAT(tree.passes(), ElementsAre(2U, 2U));
}

// Where a file of the loader's lies under a name that tells nothing, one more pass is for all of them.
TEST_F(InspectionTest, FilesUnderOtherNamesCostOnePassTogether) {
  std::vector<TestFile> configs = {{"etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"},
                                   {"opt/last/libcrypto.so.4", fake_libcrypto("4.0.3")}};
  for (int i = 0; i < 500; ++i) {
    const std::string number = std::to_string(i);
    configs.push_back({"opt/conf/" + number, "/opt/last\n"});
    configs.push_back({"etc/ld.so.conf.d/f" + number + ".conf", {}, 0777, "/opt/conf/" + number});
  }
  m_image.layers = {fake_system(), configs};
  const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
  const oci::FileTree tree = oci::FileTree::read(image, inspection_options()).value();
  const Inspection found = inspect(image, tree, [](std::string_view) {}).value();
  EXPECT_THAT(found.libcrypto, Libcrypto("/opt/last/libcrypto.so.4", "4.0.3"));
  EXPECT_THAT(tree.passes(), ElementsAre(2U, 3U));
}

// The first program of an image is looked at on the way: a script by its name, a program with all others.
TEST_F(InspectionTest, TheFirstProgramCostsNoPass) {
  const std::string program = elf::build_elf({.text = "must be run as pid 1"});
  m_image.layers = {fake_system(), {{"usr/bin/start.sh", "#!/bin/sh\nexec /init\n"}, {"usr/bin/first", program}}};
  for (const char* name : {"start.sh", "/usr/bin/start.sh", "first", "/usr/bin/first"}) {
    m_image.config["config"] = {{"Entrypoint", {name}}};
    const oci::Image image = m_image.build(m_dir.path() / "layout", "x");
    const oci::FileTree tree = oci::FileTree::read(image, inspection_options(image.config())).value();
    const Inspection found = inspect(image, tree, [](std::string_view) {}).value();
    EXPECT_THAT(found.first_process.value_or(""), HasSubstr("may insist on being process 1")) << name;
    EXPECT_THAT(tree.passes(), ElementsAre(2U, 2U)) << name;
  }
}

TEST_F(InspectionTest, TheNamesOfWhatIsFoundHaveABound) {
  std::vector<TestFile> programs;
  const std::string program = elf::build_elf({.text = "OpenSSL 3.0.13 30 Jan 2024"});
  const std::string deep =
      "opt/" + std::string(200, 'a') + "/" + std::string(200, 'b') + "/" + std::string(200, 'c') + "/";
  for (int i = 0; i < 8'000; ++i)
    programs.push_back({deep + std::to_string(i), program});
  m_image.layers = {fake_system(), programs};
  const auto found = look();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::too_large);
  EXPECT_THAT(found.error().message, HasSubstr("of which there is something to say"));
}

TEST_F(InspectionTest, AGlibcThatTheLoaderDoesNotFindIsNamed) {
  m_image.layers = {{{"nix/store/abc-glibc-2.40/lib/libc.so.6", fake_libc()},
                     {"nix/store/def-openssl/lib/libcrypto.so.3", fake_libcrypto("3.5.4")}}};
  EXPECT_EQ(refusal(), "its loader finds no libc.so.6 for amd64");
  EXPECT_EQ(look().error().hint,
            "one is in /nix/store/abc-glibc-2.40/lib/libc.so.6; kif looked in /lib/x86_64-linux-gnu, "
            "/usr/lib/x86_64-linux-gnu, /lib64, /usr/lib64, /lib, /usr/lib, /usr/local/lib: name its folder in "
            "/etc/ld.so.conf or LD_LIBRARY_PATH");
  m_image.layers.push_back({{"etc/ld.so.conf", "/nix/store/abc-glibc-2.40/lib\n/nix/store/def-openssl/lib\n"}});
  const Inspection found = look().value();
  EXPECT_EQ(found.glibc_path, "/nix/store/abc-glibc-2.40/lib/libc.so.6");
  EXPECT_THAT(found.libcrypto, Libcrypto("/nix/store/def-openssl/lib/libcrypto.so.3", "3.5.4"));
}

TEST_F(InspectionTest, AnyKnownMajorVersionWillDo) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"usr/lib/libcrypto.so.4", fake_libcrypto("4.0.3")}}};
  const Inspection found = look().value();
  EXPECT_THAT(found.libcrypto, Libcrypto("/usr/lib/libcrypto.so.4", "4.0.3"));
  EXPECT_THAT(found.further, IsEmpty());
}

TEST_F(InspectionTest, OfSeveralMajorVersionsTheNewestIsFirst) {
  m_image.layers = {
      fake_system(),
      {{"usr/lib/libcrypto.so.4", fake_libcrypto("4.0.3")}, {"opt/app/libcrypto.so.4", fake_libcrypto("4.1.0")}}};
  const Inspection found = look().value();
  EXPECT_THAT(found.libcrypto, Libcrypto("/usr/lib/libcrypto.so.4", "4.0.3"));
  EXPECT_THAT(found.further, ElementsAre(Libcrypto("/usr/lib/libcrypto.so.3", "3.0.15")));
  EXPECT_THAT(found.other_shared, ElementsAre(Libcrypto("/opt/app/libcrypto.so.4", "4.1.0")));
}

TEST_F(InspectionTest, AMajorVersionThatKifDoesNotKnowIsRefusedWithThoseItKnows) {
  const TestFile unknown = {"usr/lib/libcrypto.so.5", fake_libcrypto("5.0.0")};
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, unknown}};
  EXPECT_EQ(refusal(), "it has OpenSSL 5.0.0 (/usr/lib/libcrypto.so.5), of a major version that kif does not know: it "
                       "knows OpenSSL 3 and 4");
  m_image.layers = {fake_system(), {unknown}};
  const Inspection beside_3 = look().value();
  EXPECT_THAT(beside_3.libcrypto, Libcrypto("/usr/lib/libcrypto.so.3", "3.0.15"));
  EXPECT_THAT(beside_3.further, IsEmpty());
  EXPECT_THAT(beside_3.other_shared, ElementsAre(Libcrypto("/usr/lib/libcrypto.so.5", "5.0.0")));
}

TEST_F(InspectionTest, ANameThatBeliesTheVersionIsNotTaken) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"usr/lib/libcrypto.so.4", fake_libcrypto("3.5.4")}}};
  EXPECT_EQ(refusal(), "its loader finds no libcrypto.so.4 or libcrypto.so.3");
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
                    {{"usr/bin/static", elf::build_elf({.text = text})},
                     {"usr/bin/uses", elf::build_elf({.needed = {"libcrypto.so.3"}, .text = text})},
                     {"usr/lib/wheel.so", elf::build_elf({.needed = {"libc.so.6"}, .text = text})},
                     {"usr/share/doc/text", text},
                     {"usr/bin/broken", elf::build_elf({.text = text}).substr(0, 250) + text}}};
  EXPECT_THAT(look().value().linked_in,
              ElementsAre(Libcrypto("/usr/bin/broken", "3.0.13"), Libcrypto("/usr/bin/static", "3.0.13"),
                          Libcrypto("/usr/lib/wheel.so", "3.0.13")));
}

std::string openssl_3_text(const std::string& folder) {
  const std::string nul(1, '\0');
  return nul + "default_properties" + nul + "OPENSSLDIR: \"" + folder + "\"" + nul + "OpenSSL 3.5.4 30 Sep 2025";
}

TEST_F(InspectionTest, FoldersOfEveryLibcryptoThatALoaderStarts) {
  m_image.layers = {
      fake_system(),
      {{"usr/lib/libcrypto.so.3",
        elf::build_elf({.soname = "libcrypto.so.3", .needed = {"libc.so.6"}, .text = openssl_3_text("/usr/lib/ssl")})},
       {"opt/libcrypto-a.so.3",
        elf::build_elf({.soname = "libcrypto-a.so.3", .needed = {"libc.so.6"}, .text = openssl_3_text("/opt/ssl")})},
       {"usr/bin/node", elf::build_elf({.needed = {"libc.so.6"}, .text = openssl_3_text("/etc/node")})},
       {"usr/bin/static", elf::build_elf({.text = openssl_3_text("/etc/static")})},
       {"usr/share/doc/text", openssl_3_text("/etc/doc")}}};
  const Inspection found = look().value();
  std::vector<std::string> all;
  for (const OpensslFolder& folder : found.openssl_folders)
    all.push_back(folder.file + " " + folder.path);
  EXPECT_THAT(all, ElementsAre("/usr/lib/libcrypto.so.3 /usr/lib/ssl", "/opt/libcrypto-a.so.3 /opt/ssl",
                               "/usr/bin/node /etc/node"));
}

TEST_F(InspectionTest, ALinkedInLibcryptoIsFoundWithoutItsVersionText) {
  const std::string text = "\0config_diagnostics\0"s;
  m_image.layers = {fake_system(),
                    {{"usr/bin/static", elf::build_elf({.is_program = true,
                                                        .text = text + "\0"
                                                                       "3.0.19\0"s})},
                     {"usr/bin/dynamic", elf::build_elf({.needed = {"libc.so.6"}, .is_program = true, .text = text})},
                     {"usr/bin/both", elf::build_elf({.needed = {"libcrypto.so.3"}, .text = text})},
                     {"usr/bin/words", elf::build_elf({.text = "\0config_diagnostics = 1\0"s})},
                     {"usr/share/doc/text", text}}};
  const auto found = look().value().linked_in;
  EXPECT_THAT(found, ElementsAre(Libcrypto("/usr/bin/both", ""), Libcrypto("/usr/bin/dynamic", ""),
                                 Libcrypto("/usr/bin/static", "3.0.19")));
  EXPECT_EQ(found[1].name(), "OpenSSL of unknown version");
  EXPECT_FALSE(found[1].is_static);
  EXPECT_EQ(found[2].name(), "OpenSSL 3.0.19");
  EXPECT_TRUE(found[2].is_static);
}

TEST_F(InspectionTest, WhoMakesLibraryContextsIsListed) {
  const elf::Recipe maker = {.needed = {"libcrypto.so.3"}, .imports = {"OSSL_LIB_CTX_new"}};
  m_image.layers = {fake_system(),
                    {{"usr/bin/z", elf::build_elf(maker)},
                     {"usr/bin/a", elf::build_elf(maker)},
                     {"usr/bin/openssl", elf::build_elf(maker)},
                     {"usr/bin/words", elf::build_elf({.needed = {"libcrypto.so.3"}, .text = "OSSL_LIB_CTX_new"})}}};
  EXPECT_THAT(look().value().own_contexts, ElementsAre("/usr/bin/a", "/usr/bin/z"));
}

TEST_F(InspectionTest, FurtherLibcryptosAreListed) {
  m_image.layers = {fake_system(),
                    {{"opt/app/libcrypto-5a2c.so.3",
                      elf::build_elf({.soname = "libcrypto-5a2c.so.3", .text = "OpenSSL 3.2.1 30 Jan 2024"})},
                     {"usr/lib/libcrypto.so.1.1",
                      elf::build_elf({.soname = "libcrypto.so.1.1", .text = "OpenSSL 1.1.1w  11 Sep 2023"})}}};
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
       {"usr/lib/aarch64-linux-gnu/libc.so.6", elf::build_elf({.machine = EM_AARCH64, .definitions = {"GLIBC_2.31"}})},
       {"usr/lib/aarch64-linux-gnu/libcrypto.so.3",
        elf::build_elf({.machine = EM_AARCH64, .text = "OpenSSL 3.0.2 15 Mar 2022"})}}};
  const Inspection found = look().value();
  EXPECT_EQ(found.glibc.version.text(), "2.41");
  EXPECT_EQ(found.libcrypto.version, "3.5.0");
}

TEST_F(InspectionTest, MuslIsRefusedByName) {
  m_image.layers = {{{"lib/ld-musl-x86_64.so.1", elf::build_elf({})}, {"usr/lib/libcrypto.so.3", fake_libcrypto()}}};
  EXPECT_EQ(refusal(), "it uses musl, not glibc");
}

TEST_F(InspectionTest, NoLibcIsRefused) {
  m_image.layers = {{{"app", elf::build_elf({.type = ET_EXEC})}}};
  EXPECT_EQ(refusal(), "it has no glibc");
}

TEST_F(InspectionTest, NoLibcryptoIsRefused) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}}};
  EXPECT_EQ(refusal(), "it has no libcrypto");
}

TEST_F(InspectionTest, OldOpensslAloneIsRefusedWithItsVersion) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()},
                     {"usr/lib/libcrypto.so.1.1",
                      elf::build_elf({.soname = "libcrypto.so.1.1", .text = "OpenSSL 1.1.1w  11 Sep 2023"})}}};
  EXPECT_EQ(refusal(),
            "it has OpenSSL 1.1.1w (/usr/lib/libcrypto.so.1.1), which cannot load a FIPS module of OpenSSL 3");
}

TEST_F(InspectionTest, ALibcryptoThatTheLoaderDoesNotFindIsNamed) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"opt/x/libcrypto.so.3", fake_libcrypto()}}};
  EXPECT_EQ(refusal(), "its loader finds no libcrypto.so.4 or libcrypto.so.3");
  EXPECT_THAT(look().error().hint, HasSubstr("/opt/x/libcrypto.so.3"));
}

TEST_F(InspectionTest, OnlyALinkedInLibcryptoIsNamed) {
  m_image.layers = {
      {{"usr/lib/libc.so.6", fake_libc()}, {"usr/bin/node", elf::build_elf({.text = "OpenSSL 3.0.13 30 Jan 2024"})}}};
  EXPECT_EQ(refusal(), "it has no libcrypto.so.4 or libcrypto.so.3");
  EXPECT_THAT(look().error().hint, HasSubstr("/usr/bin/node has OpenSSL 3.0.13 linked in"));
}

TEST_F(InspectionTest, AnotherLibraryUnderTheNameIsRefused) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc()}, {"usr/lib/libcrypto.so.3", elf::build_elf({})}}};
  EXPECT_EQ(refusal(), "/usr/lib/libcrypto.so.3 is not OpenSSL's libcrypto");
  m_image.layers = {fake_system(), {{"usr/lib/libcrypto.so.4", elf::build_elf({})}}};
  EXPECT_EQ(refusal(), "/usr/lib/libcrypto.so.4 is not OpenSSL's libcrypto");
}

TEST_F(InspectionTest, ABrokenLibcIsInvalid) {
  m_image.layers = {{{"usr/lib/libc.so.6", fake_libc().substr(0, 100)}}};
  const auto result = look();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(result.error().message,
            "cannot read ELF file /usr/lib/libc.so.6: its program headers lie outside the file");
}

} // namespace
} // namespace kif::image
