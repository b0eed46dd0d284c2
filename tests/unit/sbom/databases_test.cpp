// SPDX-License-Identifier: Apache-2.0
// Package databases of apk and dpkg: what they list, and the line on which a broken one is broken.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sbom/databases/apk_database.h"
#include "sbom/databases/dpkg_status.h"
#include "sbom/databases/rpm_database.h"
#include "sbom/package_list.h"
#include "sbom/reading/read.h"
#include "shown.h"

namespace kif::sbom {
namespace {

using testing::ElementsAre;

std::string apk_refusal(const std::string& text) {
  return refusal(read_apk_database(text, "x"));
}
std::string dpkg_refusal(const std::string& text) {
  return refusal(read_dpkg_status(text, "x"));
}

constexpr const char* k_apk = "C:Q1YWFhYWFhYWFhYWFhYWFhYWFhYWE=\n"
                              "P:libcrypto3\n"
                              "V:3.4.0-r2\n"
                              "A:x86_64\n"
                              "T:libcrypto\n"
                              "D:so:libc.so.6\n"
                              "F:usr/lib\n"
                              "R:libcrypto.so.3\n"
                              "a:0:0:755\n"
                              "Z:Q1YmJiYmJiYmJiYmJiYmJiYmJiYmI=\n"
                              "\n"
                              "P:NIST-CMVP-5132\n"
                              "V:1-r0\n"
                              "\n"
                              "P:.build-deps\n"
                              "V:20240101.000000\n"
                              "A:noarch\n";

TEST(ApkDatabase, ListsWhatIsInstalled) {
  const auto document = read_apk_database(k_apk, "x");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->format, Format::apk_database);
  EXPECT_THAT(shown(*document), ElementsAre(".build-deps 20240101.000000 apk noarch", "NIST-CMVP-5132 1-r0 apk -",
                                            "libcrypto3 3.4.0-r2 apk x86_64"));
  EXPECT_THAT(document->left_out, ElementsAre());
  EXPECT_THAT(shown(read_apk_database("", "x").value()), ElementsAre());
  EXPECT_THAT(shown(read_apk_database("\n\nP:a\nV:1\n\n\n\nP:a\nV:1", "x").value()), ElementsAre("a 1 apk -"));
}

TEST(ApkDatabase, BrokenOnesAreRefusedWithTheLine) {
  EXPECT_EQ(apk_refusal("P:a\nV:1\n\nV:2\n"),
            "invalid_input: cannot read x: line 4: a package without name (P:) begins here");
  EXPECT_EQ(apk_refusal("\nT:text\nP:a\n"), "invalid_input: cannot read x: line 2: package a has no version (V:)");
  EXPECT_EQ(apk_refusal("P:a\nV:1\nP:b\n"), "invalid_input: cannot read x: line 3: P: appears twice in one package");
  EXPECT_EQ(apk_refusal("P:a\nV:1\nA:x\nA:y\n"),
            "invalid_input: cannot read x: line 4: A: appears twice in one package");
  EXPECT_EQ(apk_refusal("P:a\nV 1\n"), "invalid_input: cannot read x: line 2: \"V 1\" is not \"LETTER:VALUE\"");
  EXPECT_EQ(apk_refusal("P:a\r\nV:1\n"), "invalid_input: cannot read x: line 1: \"a\r\" is not a value of P:");
  EXPECT_EQ(apk_refusal("P:a b\n"), "invalid_input: cannot read x: line 1: \"a b\" is not a value of P:");
  EXPECT_EQ(apk_refusal("P:\n"), "invalid_input: cannot read x: line 1: \"\" is not a value of P:");
  EXPECT_EQ(apk_refusal(std::string("P:a\nV:1\n\0\n", 10)),
            std::string("invalid_input: cannot read x: line 3: \"") + '\0' + "\" is not \"LETTER:VALUE\"");
  EXPECT_EQ(apk_refusal("{}"), "invalid_input: cannot read x: line 1: \"{}\" is not \"LETTER:VALUE\"");
}

TEST(ApkDatabase, IsBounded) {
  EXPECT_EQ(apk_refusal(std::string(k_max_document_bytes + 1, '\n')),
            "too_large: cannot read x: larger than the bound of 67108864 bytes");
  std::string many;
  for (std::size_t i = 0; i <= k_max_packages; ++i)
    many += "P:a\nV:1\n\n";
  EXPECT_EQ(apk_refusal(many), "too_large: cannot read x: more than 200000 packages");
}

constexpr const char* k_dpkg = "Package: libssl3\n"
                               "Status: install ok installed\n"
                               "Priority: optional\n"
                               "Architecture: amd64\n"
                               "Version: 3.0.17-1~deb12u2\n"
                               "Description: Secure Sockets Layer toolkit\n"
                               " This package is part of the OpenSSL project.\n"
                               " .\n"
                               " Version: 9\n"
                               "\n"
                               "Package: removed\n"
                               "Status: deinstall ok config-files\n"
                               "Architecture: amd64\n"
                               "Version: 1.0-1\n"
                               "\n"
                               "Package: never\n"
                               "Status: purge ok not-installed\n"
                               "\n"
                               "package: held\n"
                               "STATUS: hold reinstreq half-installed\n"
                               "version: 1:2.0-1\n";

TEST(DpkgStatus, ListsPackagesWhoseFilesAreThere) {
  const auto document = read_dpkg_status(k_dpkg, "x");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->format, Format::dpkg_status);
  EXPECT_THAT(shown(*document), ElementsAre("held 1:2.0-1 deb -", "libssl3 3.0.17-1~deb12u2 deb amd64"));
  for (const std::string state : {"unpacked", "half-configured", "triggers-awaited", "triggers-pending"})
    EXPECT_THAT(shown(read_dpkg_status("Package: a\nVersion: 1\nStatus: install ok " + state + "\n", "x").value()),
                ElementsAre("a 1 deb -"));
}

TEST(DpkgStatus, WithoutStatusAPackageIsInstalledAsInStatusD) {
  EXPECT_THAT(shown(read_dpkg_status("Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all\n", "x").value()),
              ElementsAre("tzdata 2024a-0+deb12u1 deb all"));
}

TEST(DpkgStatus, BrokenOnesAreRefusedWithTheLine) {
  EXPECT_EQ(dpkg_refusal("Version: 1\n\n"),
            "invalid_input: cannot read x: line 1: a stanza without Package begins here");
  EXPECT_EQ(dpkg_refusal("\nPackage: a\nStatus: install ok installed\n"),
            "invalid_input: cannot read x: line 2: package a has no Version");
  EXPECT_EQ(dpkg_refusal("Package: a\nPackage: b\n"),
            "invalid_input: cannot read x: line 2: Package appears twice in one stanza");
  EXPECT_EQ(dpkg_refusal("Package: a\nVersion: 1\nStatus: install ok there\n"),
            "invalid_input: cannot read x: line 3: \"install ok there\" is not a value of Status");
  EXPECT_EQ(dpkg_refusal("Package: a\nVersion: 1\nStatus: installed\n"),
            "invalid_input: cannot read x: line 3: \"installed\" is not a value of Status");
  EXPECT_EQ(dpkg_refusal("Package a\n"), "invalid_input: cannot read x: line 1: \"Package a\" is not \"FIELD: VALUE\"");
  EXPECT_EQ(dpkg_refusal(": a\n"), "invalid_input: cannot read x: line 1: \": a\" is not \"FIELD: VALUE\"");
  EXPECT_EQ(dpkg_refusal(" a\n"), "invalid_input: cannot read x: line 1: a continuation without a field");
  EXPECT_EQ(dpkg_refusal("Package: a b\n"), "invalid_input: cannot read x: line 1: \"a b\" is not a value of Package");
  EXPECT_EQ(dpkg_refusal("Package: a\nVersion:\n"),
            "invalid_input: cannot read x: line 2: \"\" is not a value of Version");
}

TEST(DpkgStatus, IsBounded) {
  EXPECT_EQ(dpkg_refusal(std::string(k_max_document_bytes + 1, '\n')),
            "too_large: cannot read x: larger than the bound of 67108864 bytes");
}

TEST(RpmDatabase, AFolderWithoutOneIsNamed) {
  EXPECT_EQ(refusal(read_rpm_database("/nonexistent", "x")),
            "not_found: cannot read x: no rpmdb.sqlite, Packages.db or Packages in /nonexistent");
  EXPECT_TRUE(is_rpm_database_file("rpmdb.sqlite"));
  EXPECT_TRUE(is_rpm_database_file("Packages"));
  EXPECT_FALSE(is_rpm_database_file("rpmdb.sqlite-wal"));
}

} // namespace
} // namespace kif::sbom
