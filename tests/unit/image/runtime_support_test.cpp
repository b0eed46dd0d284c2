// SPDX-License-Identifier: Apache-2.0
#include "image/runtime_support.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_builder.h"
#include "image/inspection/python_sites.h"

namespace kif::image {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class RuntimeSupportTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-runtime-test-").value();

  RuntimeSupport look(const std::vector<TestFile>& files) {
    ImageBuilder builder;
    builder.layers = {fake_system(), files};
    const oci::Image image = builder.build(m_dir.path() / "layout", "x");
    const auto tree = oci::FileTree::read(image, inspection_options()).value();
    m_sites = python_site_folders(tree);
    return support_runtimes(tree, inspect(image, tree, [](std::string_view) {}).value());
  }

  static std::vector<std::string> paths(const RuntimeSupport& support) {
    std::vector<std::string> paths;
    for (const LayerFile& file : support.files)
      paths.push_back(file.path);
    return paths;
  }

  std::vector<std::string> m_sites;
};

std::string with_text(const std::string& text) {
  return elf::build_elf({.needed = {"libc.so.6"}, .text = "\0"s + text + "\0"s});
}

TEST_F(RuntimeSupportTest, NothingIsDoneWhereThereIsNoRuntime) {
  const RuntimeSupport support = look({{"usr/lib/libother.so", with_text("nothing")},
                                       {"opt/site-packages/", "", 0755},
                                       {"usr/share/doc/nodejs_conf", "\0nodejs_conf\0"s}});
  EXPECT_THAT(support.files, IsEmpty());
  EXPECT_THAT(support.environment, IsEmpty());
  EXPECT_THAT(support.warnings, IsEmpty());
}

TEST_F(RuntimeSupportTest, ThePythonHookGoesWherePythonLooks) {
  const RuntimeSupport support = look({{"usr/lib/python3.13/os.py", "x"},
                                       {"usr/lib/python3/dist-packages/", "", 0755},
                                       {"opt/venv/lib/python3.12/site-packages/", "", 0755},
                                       {"usr/local/lib/python3.12/os.py", "x"},
                                       {"usr/lib64/python3.9/os.py", "x"},
                                       {"usr/lib64/python3.9/site-packages/", "", 0755}});
  EXPECT_THAT(m_sites, ElementsAre("/opt/venv/lib/python3.12/site-packages", "/usr/lib/python3/dist-packages",
                                   "/usr/lib64/python3.9/site-packages", "/usr/local/lib/python3.12/site-packages"));
  ASSERT_EQ(support.files.size(), 8U);
  EXPECT_EQ(support.files[0].path, "/opt/venv/lib/python3.12/site-packages/kif_approved_digests.py");
  EXPECT_THAT(support.files[0].content, HasSubstr("get_fips_mode"));
  EXPECT_EQ(support.files[1].path, "/opt/venv/lib/python3.12/site-packages/kif_approved_digests.pth");
  // site.py runs a line that begins so, and takes any other for a folder.
  const std::string& start = support.files[1].content;
  EXPECT_TRUE(start.starts_with("import "));
  EXPECT_EQ(std::count(start.begin(), start.end(), '\n'), 1);
  for (const char* name : {"\"_md5\"", "\"_blake2\"", "\"_hmac\"", "\"hashlib\""})
    EXPECT_THAT(start, HasSubstr(name));
}

TEST_F(RuntimeSupportTest, OtherFoldersOfThatNameAreNoPythons) {
  look({{"srv/python3.12/site-packages/", "", 0755},
        {"usr/lib/python2.7/site-packages/", "", 0755},
        {"usr/lib/python3-other/site-packages/", "", 0755},
        {"usr/lib/python3.12/site-packages", "a file"}});
  EXPECT_THAT(m_sites, IsEmpty());
}

TEST_F(RuntimeSupportTest, DebiansFolderIsUsedWhereItIsNotThereYet) {
  look({{"usr/lib/python3.11/os.py", "x"}});
  EXPECT_THAT(m_sites, ElementsAre("/usr/lib/python3/dist-packages"));
}

TEST_F(RuntimeSupportTest, NodeIsHeldInFipsMode) {
  const Variable force{"NODE_OPTIONS", "--force-fips", true};
  EXPECT_THAT(look({{"opt/bin/anything", with_text("nodejs_conf")}}).environment, ElementsAre(force));
  EXPECT_THAT(look({{"opt/bin/anything", with_text("no_nodejs_conf")}}).environment, IsEmpty());
}

TEST_F(RuntimeSupportTest, PhpGetsItsSettingAndIsNamed) {
  const RuntimeSupport support = look({{"usr/bin/php8.4", with_text("PHP_INI_SCAN_DIR")},
                                       {"etc/php/8.4/cli/conf.d/", "", 0755},
                                       {"usr/local/etc/php/conf.d/", "", 0755},
                                       {"etc/fonts/conf.d/", "", 0755}});
  EXPECT_THAT(paths(support),
              UnorderedElementsAre("/etc/php/8.4/cli/conf.d/99-kif.ini", "/usr/local/etc/php/conf.d/99-kif.ini"));
  EXPECT_THAT(support.files[0].content, HasSubstr("\nopenssl.libctx = default\n"));
  EXPECT_THAT(support.warnings, ElementsAre(HasSubstr("/usr/bin/php8.4: PHP computes hash()")));
  // Without a PHP the folders are somebody else's.
  EXPECT_THAT(look({{"etc/php/8.4/cli/conf.d/", "", 0755}}).files, IsEmpty());
}

TEST_F(RuntimeSupportTest, DotnetIsToldWhichOpensslWhereItHasTheChoice) {
  const TestFile dotnet = {"usr/share/dotnet/libSystem.Security.Cryptography.Native.OpenSsl.so", with_text("x")};
  const TestFile old = {"usr/lib/libcrypto.so.1.1",
                        elf::build_elf({.soname = "libcrypto.so.1.1", .text = "OpenSSL 1.1.1w  11 Sep 2023"})};
  EXPECT_THAT(look({dotnet, old}).environment, ElementsAre(Variable{"CLR_OPENSSL_VERSION_OVERRIDE", "3"}));
  const TestFile new_one = {"usr/lib/libcrypto.so.4", fake_libcrypto("4.0.3")};
  EXPECT_THAT(look({dotnet, old, new_one}).environment, ElementsAre(Variable{"CLR_OPENSSL_VERSION_OVERRIDE", "3"}));
  EXPECT_THAT(look({dotnet, old, new_one, {"usr/lib/.wh.libcrypto.so.3"}}).environment,
              ElementsAre(Variable{"CLR_OPENSSL_VERSION_OVERRIDE", "4"}));
  EXPECT_THAT(look({dotnet}).environment, IsEmpty());
  EXPECT_THAT(look({old}).environment, IsEmpty());
}

TEST_F(RuntimeSupportTest, ADotnetWhosePssFailsIsNamed) {
  const auto dotnet = [&](const std::string& folder) {
    return look({{folder + "/libSystem.Security.Cryptography.Native.OpenSsl.so", with_text("x")}});
  };
  const RuntimeSupport eight = dotnet("usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.4");
  EXPECT_THAT(eight.warnings,
              ElementsAre("/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.4/"
                          "libSystem.Security.Cryptography.Native.OpenSsl.so is of an early .NET 8, whose RSA-PSS "
                          "signatures may fail with FIPS modules from 3.4 on; 8.0.30 and 9.0 work, or "
                          "--compat=sha1-signatures"));
  // It fails, and computes nothing past the module.
  EXPECT_THAT(eight.not_reached, IsEmpty());
  for (const char* version : {"8.0.30", "9.0.7", "8.0.x", "18.0.4"})
    EXPECT_THAT(dotnet("usr/share/dotnet/shared/Microsoft.NETCore.App/"s + version).warnings, IsEmpty());
  EXPECT_THAT(dotnet("app").warnings, IsEmpty());
}

TEST_F(RuntimeSupportTest, WheelsThatFailAreNamed) {
  const std::string site = "usr/lib/python3/dist-packages/";
  const auto wheel = [&](const std::string& version) {
    return look({{site + "cryptography/hazmat/bindings/_rust.abi3.so",
                  elf::build_elf({.needed = {"libc.so.6"}, .text = "OpenSSL 3.2.1 30 Jan 2024"})},
                 {site + "cryptography-" + version + ".dist-info/", "", 0755}})
        .warnings;
  };
  EXPECT_THAT(wheel("42.0.8"), ElementsAre("/usr/lib/python3/dist-packages/cryptography/hazmat/bindings/_rust.abi3.so "
                                           "is of cryptography 42.0.8, whose RSA and EC keys fail with a FIPS module; "
                                           "45 and newer work"));
  EXPECT_THAT(wheel("45.0.7"), IsEmpty());
  EXPECT_THAT(wheel("unknown"), IsEmpty());
}

TEST_F(RuntimeSupportTest, GoProgramsAreNamed) {
  std::string go = with_text("x");
  go.resize((go.size() + 15) / 16 * 16);
  go += "\xff Go buildinf:\x08\x02"s + std::string(16, '\0') + "\x08go1.24.4\x01x\0crypto/rand.Read\0"s;
  EXPECT_THAT(
      look({{"usr/bin/tool", go}}).warnings,
      ElementsAre("/usr/bin/tool is a Go program (go1.24.4) whose cryptography is Go's own; the FIPS layer gives "
                  "it random bytes and nothing else"));
}

TEST_F(RuntimeSupportTest, FilesOfOneKindMakeOneSentence) {
  const auto sum = with_text("%s: no properly formatted checksum lines found");
  const RuntimeSupport support = look({{"usr/bin/b2sum", sum},
                                       {"usr/bin/md5sum", sum},
                                       {"usr/bin/sha1sum", sum},
                                       {"usr/bin/sha224sum", sum},
                                       {"usr/bin/sha256sum", sum},
                                       {"usr/lib/libgnutls.so.30.1", elf::build_elf({.soname = "libgnutls.so.30"})},
                                       {"usr/share/doc/text", "no properly formatted checksum lines found"}});
  EXPECT_THAT(support.warnings, ElementsAre("GnuTLS has cryptography of its own: /usr/lib/libgnutls.so.30.1",
                                            "coreutils compute checksums by themselves: /usr/bin/b2sum, "
                                            "/usr/bin/md5sum, /usr/bin/sha1sum and 2 more"));
  EXPECT_THAT(support.not_reached,
              ElementsAre("GnuTLS has cryptography of its own: /usr/lib/libgnutls.so.30.1",
                          "coreutils compute checksums by themselves: /usr/bin/b2sum, /usr/bin/md5sum, "
                          "/usr/bin/sha1sum, /usr/bin/sha224sum, /usr/bin/sha256sum"));
}

} // namespace
} // namespace kif::image
