// SPDX-License-Identifier: Apache-2.0
// Each format, in the shape in which its producers write it: packages, and what the document says of itself.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.h"

namespace kif::sbom {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Digest digest_of(char hex_digit) {
  return Digest::parse("sha256:" + std::string(64, hex_digit)).value();
}

TEST(Spdx, ApkoListsPackagesAndNotImagesLayersSystemsAndSources) {
  const auto read = only_document(fixture("apko-image.spdx.json"));
  EXPECT_THAT(shown(read.document),
              ElementsAre("NIST-CMVP-5132 1-r0 apk x86_64", "NIST-ESV-191 - other -", "libcrypto3 3.4.0-r2 apk x86_64",
                          "openssl-config-fipshardened 3.4.0-r3 apk -", "wolfi-baselayout 20230201-r20 apk x86_64"));
  EXPECT_EQ(read.document.format, Format::spdx_json);
  EXPECT_EQ(read.document.format_version, "2.3");
  EXPECT_EQ(read.document.name, "sbom-sha256:" + std::string(64, '1'));
  EXPECT_EQ(read.document.created, "2025-03-01T00:00:00Z");
  EXPECT_THAT(read.document.left_out, IsEmpty());
  EXPECT_THAT(read.document.variants, IsEmpty());
  EXPECT_EQ(read.document.packages[2].purl, "pkg:apk/wolfi/libcrypto3@3.4.0-r2?arch=x86_64&distro=wolfi");
  EXPECT_FALSE(read.statement);
  EXPECT_EQ(read.signature, SignatureState::none);
}

TEST(Spdx, AnIndexHasVariantsAndNoPackages) {
  const auto read = only_document(fixture("apko-index.spdx.json"));
  EXPECT_THAT(shown(read.document), IsEmpty());
  EXPECT_THAT(read.document.variants, ElementsAre(digest_of('3'), digest_of('4')));
  EXPECT_TRUE(read.document.is_of_index_only());
}

TEST(Spdx, BuildkitsBareStatementHasItsSubject) {
  const auto read = only_document(fixture("buildkit.statement.json"));
  EXPECT_THAT(shown(read.document), ElementsAre("cryptography 43.0.3 other -", "libssl3 3.0.15-1~deb12u1 deb amd64"));
  ASSERT_TRUE(read.statement);
  EXPECT_EQ(read.statement->type, "https://in-toto.io/Statement/v0.1");
  EXPECT_EQ(read.statement->predicate_type, "https://spdx.dev/Document");
  EXPECT_THAT(read.statement->subjects, ElementsAre(digest_of('5')));
  EXPECT_EQ(read.signature, SignatureState::none);
}

// One package beside those of a document that is otherwise empty.
std::string spdx_of(const std::string& package, const std::string& creator = "Tool: x") {
  return R"({"spdxVersion":"SPDX-2.2","creationInfo":{"creators":[")" + creator + R"("]},"packages":[)" + package +
         "]}";
}
std::string with_purl(const std::string& name, const std::string& version, const std::string& purl) {
  return R"({"name":")" + name + R"(","versionInfo":")" + version +
         R"(","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":")" +
         purl + R"("}]})";
}

TEST(Spdx, WithoutPackageUrlOnlyAnApkAmongApksIsOne) {
  const std::string plain = R"({"name":"libssl3","versionInfo":"3.4.0-r2"})";
  const std::string apk = with_purl("a", "1-r0", "pkg:apk/wolfi/a@1-r0");
  const std::string deb = with_purl("b", "1", "pkg:deb/debian/b@1");
  EXPECT_THAT(shown(only_document(spdx_of(plain)).document), ElementsAre("libssl3 3.4.0-r2 other -"));
  EXPECT_THAT(shown(only_document(spdx_of(plain, "Tool: apko (v0.1)")).document),
              ElementsAre("libssl3 3.4.0-r2 apk -"));
  EXPECT_THAT(shown(only_document(spdx_of(plain + "," + apk)).document),
              ElementsAre("a 1-r0 apk -", "libssl3 3.4.0-r2 apk -"));
  EXPECT_THAT(shown(only_document(spdx_of(plain + "," + apk + "," + deb)).document),
              ElementsAre("a 1-r0 apk -", "b 1 deb -", "libssl3 3.4.0-r2 other -"));
  // Not the shape of an apk package's version.
  EXPECT_THAT(shown(only_document(spdx_of(R"({"name":"x","versionInfo":"v1"})", "Tool: apko (v0.1)")).document),
              ElementsAre("x v1 other -"));
}

TEST(Spdx, WhatCannotBeUsedIsCounted) {
  const auto document =
      only_document(spdx_of(R"({"versionInfo":"1"},{"name":"","versionInfo":"1"},)" +
                                with_purl("libssl3", "3.4.0-r2", "pkg:apk/wolfi/harmless@3.4.0-r2") + "," +
                                with_purl("libssl3", "3.4.0-r2", "pkg:apk/wolfi/libssl3@3.0.0-r0") + "," +
                                with_purl("broken", "3.4.0-r2", "pkg:apk"),
                            "Tool: apko (v0.1)"))
          .document;
  EXPECT_THAT(shown(document), ElementsAre("broken 3.4.0-r2 other - unsure", "harmless 3.4.0-r2 apk - unsure",
                                           "libssl3 3.0.0-r0 apk - unsure", "libssl3 3.4.0-r2 apk - unsure",
                                           "libssl3 3.4.0-r2 apk - unsure"));
  EXPECT_THAT(document.left_out, ElementsAre("2 packages have no name", "1 package has a package URL that is none",
                                             "2 packages have the package URLs of others"));
}

TEST(Spdx, SourcePackagesOfDistributionsAreNotInstalled) {
  EXPECT_THAT(shown(only_document(
                        spdx_of(with_purl("openssl", "3.0.7-27.el9", "pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=src") +
                                "," + with_purl("openssl", "3.0.15-1", "pkg:deb/debian/openssl@3.0.15-1?arch=source")))
                        .document),
              IsEmpty());
}

TEST(Spdx, AVersionMayStandInThePackageUrlAlone) {
  EXPECT_THAT(shown(only_document(spdx_of(with_purl("a", "", "pkg:rpm/fedora/a@1.0-1?epoch=2&arch=noarch"))).document),
              ElementsAre("a 2:1.0-1 rpm noarch"));
}

TEST(CycloneDx, TrivyListsPackagesWithTheirEpoch) {
  const auto read = only_document(fixture("trivy.cdx.json"));
  EXPECT_THAT(shown(read.document), ElementsAre("inner 1.2.3 other -", "openssl-libs 1:3.0.7-27.el9 rpm x86_64",
                                                "usr/app/package-lock.json - other -"));
  EXPECT_EQ(read.document.format, Format::cyclonedx_json);
  EXPECT_EQ(read.document.format_version, "1.6");
  EXPECT_EQ(read.document.name, "registry.example/app:latest");
  EXPECT_EQ(read.document.created, "2025-01-02T03:04:05+00:00");
}

TEST(Syft, ListsArtifacts) {
  const auto read = only_document(fixture("syft.json"));
  EXPECT_THAT(shown(read.document), ElementsAre("golang.org/x/crypto v0.31.0 other -", "libcrypto3 3.4.0-r4 apk x86_64",
                                                "openssl-libs 1:3.0.7-27.el9 rpm x86_64"));
  EXPECT_EQ(read.document.format, Format::syft_json);
  EXPECT_EQ(read.document.format_version, "16.0.21");
  EXPECT_EQ(read.document.name, "registry.example/app");
}

TEST(Syft, OlderSchemasNameTheirSourceByItsTarget) {
  const std::string head = R"({"artifacts":[],"schema":{"version":"1.1.0"},"source":{"type":"image","target":)";
  EXPECT_EQ(only_document(head + R"({"userInput":"app:1"}}})").document.name, "app:1");
  EXPECT_EQ(only_document(head + R"("/srv/root"}})").document.name, "/srv/root");
}

TEST(Slsa, InternalParametersAndDependenciesListPackages) {
  const auto read = only_document(fixture("provenance.statement.json"));
  EXPECT_THAT(shown(read.document), ElementsAre("glibc 2.40-r3 apk x86_64", "libcrypto3 3.4.0-r2 apk -",
                                                "openssl-config-fipshardened 3.4.0-r3 apk -"));
  EXPECT_EQ(read.document.format, Format::slsa_provenance);
  EXPECT_EQ(read.document.created, "2025-03-01T10:01:00Z");
  ASSERT_TRUE(read.statement);
  EXPECT_THAT(read.statement->subjects, ElementsAre(digest_of('8')));
}

TEST(Slsa, AMapCalledPackagesHoldsNothingElse) {
  EXPECT_THAT(shown(only_document(R"({"buildDefinition":{"internalParameters":{"packages":{"a":"1-r0","b":"2.0"},)"
                                  R"("flags":{"c":"1-r0","d":"on"}}}})")
                        .document),
              ElementsAre("a 1-r0 apk -", "b 2.0 other -", "c 1-r0 apk -"));
}

TEST(Slsa, ProvenanceWithoutPackagesIsNoSbom) {
  const std::string text = R"({"buildDefinition":{"internalParameters":{"builderPlatform":"linux/amd64"}}})";
  const auto bare = read_documents(text, "x").value();
  EXPECT_THAT(bare.documents, IsEmpty());
  EXPECT_THAT(bare.other_predicates, ElementsAre("https://slsa.dev/provenance/v1"));
  const auto stated = read_documents(R"({"_type":"https://in-toto.io/Statement/v1","predicateType":)"
                                     R"("https://slsa.dev/provenance/v1","predicate":)" +
                                         text + "}",
                                     "x")
                          .value();
  EXPECT_THAT(stated.documents, IsEmpty());
  EXPECT_THAT(stated.other_predicates, ElementsAre("https://slsa.dev/provenance/v1"));
}

TEST(Apko, AConfigurationListsWhatItAsksFor) {
  const auto read = only_document(fixture("apko-configuration.statement.json"));
  EXPECT_THAT(shown(read.document),
              ElementsAre("busybox - apk x86_64", "ca-certificates-bundle 20241121-r1 apk x86_64", "glibc - apk x86_64",
                          "libcrypto3 3.4.0-r2 apk x86_64", "openssl 3.4.0-r2 apk x86_64"));
  EXPECT_EQ(read.document.format, Format::apko_configuration);
}

TEST(MediaTypes, OfDocumentsAreKnown) {
  for (const char* type :
       {"text/spdx+json", "spdx+json", "application/spdx+json", "application/vnd.cyclonedx+json",
        "application/vnd.syft+json", "application/vnd.dsse.envelope.v1+json", "application/vnd.in-toto+json",
        "application/vnd.in-toto.spdx+dsse", "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dev.sigstore.bundle+json;version=0.2", "application/spdx+json; charset=utf-8"})
    EXPECT_TRUE(is_document_media_type(type)) << type;
  for (const char* type :
       {"", "application/vnd.oci.image.layer.v1.tar+gzip", "text/spdx", "application/vnd.cyclonedx+xml",
        "application/vnd.dev.cosign.simplesigning.v1+json", "application/json"})
    EXPECT_FALSE(is_document_media_type(type)) << type;
}

} // namespace
} // namespace kif::sbom
