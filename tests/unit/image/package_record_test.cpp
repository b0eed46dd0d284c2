// SPDX-License-Identifier: Apache-2.0
#include "image/package_record.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "image/module_integrity.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Of "whole\n", by md5sum, sha1sum and sha256sum, the latter two in base64.
constexpr std::string_view k_whole = "whole\n";
constexpr std::string_view k_md5 = "f0499d65622d0e4e1c12e96c5edcd4c3";
constexpr std::string_view k_sha1 = "iPlxQoV9/iW0LzysEgckReQ5YAY=";
constexpr std::string_view k_sha256 = "NmEpHigQe7lAFC00a9s6htpoQVrn/kUTdNQDxgN7n6U=";

class PackageRecordTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-record-test-").value();
  fs::path m_file = fs::canonical(m_dir.path()) / "usr/lib/x86_64-linux-gnu/ossl-modules/fips.so";

  void SetUp() override { put("usr/lib/x86_64-linux-gnu/ossl-modules/fips.so", k_whole); }
  void put(const fs::path& name, std::string_view content) {
    fs::create_directories((m_dir.path() / name).parent_path());
    std::ofstream(m_dir.path() / name, std::ios::binary | std::ios::trunc) << content;
  }
  void put_dpkg(std::string_view name = "usr/lib/x86_64-linux-gnu/ossl-modules/fips.so") {
    put("var/lib/dpkg/info/libc6:amd64.md5sums",
        "00000000000000000000000000000000  usr/lib/x86_64-linux-gnu/libc.so.6\n");
    put("var/lib/dpkg/info/openssl-provider-fips.md5sums", std::string(k_md5) + "  " + std::string(name) + "\n");
  }
  void put_apk(const std::string& digest, const std::string& database = "lib/apk/db/installed") {
    put(database, "P:musl\nF:lib\nR:libc.so\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nP:openssl-fips\nF:usr/lib\nF:usr/lib/"
                  "x86_64-linux-gnu/ossl-modules\n"
                  "R:legacy.so\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nR:fips.so\na:0:0:755\nZ:" +
                      digest + "\n");
  }
};

TEST_F(PackageRecordTest, WithoutAPackageManagerThereIsNone) {
  // The machine's own may be looked at, and knows no such file.
  EXPECT_FALSE(find_package_record(m_file, k_whole));
  EXPECT_FALSE(find_package_record(m_dir.path() / "missing", k_whole));
}

TEST_F(PackageRecordTest, DpkgsIsFoundBelowARoot) {
  put_dpkg();
  const auto record = find_package_record(m_file, k_whole);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->by, "dpkg's record of openssl-provider-fips");
  EXPECT_EQ(record->expected, "md5:" + std::string(k_md5));
  EXPECT_EQ(record->got, record->expected);
  EXPECT_NE(find_package_record(m_file, "whale\n")->got, record->expected);
}

TEST_F(PackageRecordTest, APackageMayNameTheFolderThatUsrWasMergedFrom) {
  put_dpkg("lib/x86_64-linux-gnu/ossl-modules/fips.so");
  EXPECT_TRUE(find_package_record(m_file, k_whole));
  put_dpkg("x86_64-linux-gnu/ossl-modules/fips.so");
  EXPECT_FALSE(find_package_record(m_file, k_whole));
}

TEST_F(PackageRecordTest, AFileInTheDivertedOnesPlaceIsNotThePackages) {
  put_dpkg();
  put("var/lib/dpkg/diversions",
      "/usr/bin/other\n/usr/bin/other.distrib\nlocal\n/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so\n/usr/lib/"
      "x86_64-linux-gnu/ossl-modules/fips.so.distrib\nlocal\n");
  EXPECT_FALSE(find_package_record(m_file, "another\n"));
}

TEST_F(PackageRecordTest, ApksIsReadInBothForms) {
  for (const char* database : {"lib/apk/db/installed", "usr/lib/apk/db/installed"}) {
    put_apk("Q1" + std::string(k_sha1), database);
    auto record = find_package_record(m_file, k_whole);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->by, "apk's record of openssl-fips");
    EXPECT_EQ(record->got, record->expected);
    EXPECT_THAT(record->got, testing::StartsWith("sha1:"));
    put_apk("Q2" + std::string(k_sha256), database);
    record = find_package_record(m_file, k_whole);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->got, record->expected);
    EXPECT_THAT(record->got, testing::StartsWith("sha256:"));
    EXPECT_NE(find_package_record(m_file, "whale\n")->got, record->expected);
    for (const char* broken : {"Q", "Q1", "Q1AAAA",
                               "Q1"
                               "A",
                               "Q3AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Q1****************************"}) {
      put_apk(broken, database);
      EXPECT_FALSE(find_package_record(m_file, k_whole)) << broken;
    }
    fs::remove(m_dir.path() / database);
  }
}

TEST_F(PackageRecordTest, AModuleIsHeldToIt) {
  // This very program is as good an ELF file as any.
  const std::string whole = read_file("/proc/self/exe", 256 << 20).value();
  put("usr/lib/x86_64-linux-gnu/ossl-modules/fips.so", whole);
  EXPECT_THAT(check_module_file(m_file, whole).value(), IsEmpty());
  put_dpkg();
  const auto refused = check_module_file(m_file, whole);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::digest_mismatch);
  EXPECT_THAT(
      refused.error().render("kif"),
      HasSubstr(
          "as a FIPS module: it is damaged, or another: dpkg's record of openssl-provider-fips has another digest\n"
          "  expected: md5:" +
          std::string(k_md5) + "\n  got:      md5:"));
  const std::string got = find_package_record(m_file, whole)->got.substr(4);
  put("var/lib/dpkg/info/openssl-provider-fips.md5sums", got + "  usr/lib/x86_64-linux-gnu/ossl-modules/fips.so\n");
  EXPECT_THAT(check_module_file(m_file, whole).value(), ElementsAre("dpkg's record of openssl-provider-fips"));
}

} // namespace
} // namespace kif::image
