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
                          "openssl-config-fipshardened 3.4.0-r3 apk -",
                          "wolfi-baselayout 20230201-r20 apk x86_64 elsewhere")); // another is GENERATED_FROM it
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
  EXPECT_THAT(shown(document),
              ElementsAre("broken 3.4.0-r2 other - contradictory", "harmless 3.4.0-r2 apk - contradictory",
                          "libssl3 3.0.0-r0 apk - contradictory", "libssl3 3.4.0-r2 apk - contradictory",
                          "libssl3 3.4.0-r2 apk - contradictory"));
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

std::string related(const std::string& from, const std::string& kind, const std::string& to) {
  return R"({"spdxElementId":")" + from + R"(","relationshipType":")" + kind + R"(","relatedSpdxElement":")" + to +
         R"("})";
}

TEST(Spdx, SourcesFilesAndWhatABuildNeedsAreNotInTheImage) {
  const std::string purl = R"("externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl",)"
                           R"("referenceLocator":"pkg:apk/wolfi/a@1-r0"}])";
  const std::string entry = R"({"SPDXID":"A","name":"a","versionInfo":"1-r0",)" + purl;
  const auto with = [&](const std::string& member, const std::string& relationships) {
    std::string text = spdx_of(entry + member + "}");
    text.insert(text.size() - 1, R"(,"relationships":[)" + relationships + "]");
    return shown(only_document(text).document);
  };
  EXPECT_THAT(with("", related("B", "DEPENDS_ON", "A")), ElementsAre("a 1-r0 apk -"));
  EXPECT_THAT(with(R"(,"primaryPackagePurpose":"LIBRARY")", related("A", "CONTAINED_BY", "B")),
              ElementsAre("a 1-r0 apk -"));
  for (const char* purpose : {"FILE", "SOURCE", "CONTAINER", "OPERATING-SYSTEM"})
    EXPECT_THAT(with(std::string(R"(,"primaryPackagePurpose":")") + purpose + '"', ""),
                ElementsAre("a 1-r0 apk - elsewhere"))
        << purpose;
  for (const char* kind :
       {"BUILD_DEPENDENCY_OF", "BUILD_TOOL_OF", "DEV_DEPENDENCY_OF", "DEV_TOOL_OF", "TEST_DEPENDENCY_OF",
        "TEST_TOOL_OF", "TEST_OF", "OPTIONAL_DEPENDENCY_OF", "OPTIONAL_COMPONENT_OF", "PROVIDED_DEPENDENCY_OF",
        "EXAMPLE_OF", "GENERATES", "ANCESTOR_OF"}) {
    EXPECT_THAT(with("", related("A", kind, "B")), ElementsAre("a 1-r0 apk - elsewhere")) << kind;
    EXPECT_THAT(with("", related("B", kind, "A")), ElementsAre("a 1-r0 apk -")) << kind;
  }
  for (const char* kind : {"GENERATED_FROM", "DESCRIBED_BY", "DESCENDANT_OF"})
    EXPECT_THAT(with("", related("B", kind, "A")), ElementsAre("a 1-r0 apk - elsewhere")) << kind;
}

std::string spdx3(const std::string& elements, const std::string& version = "3.0.1") {
  return R"({"@context":"https://spdx.org/rdf/)" + version +
         R"(/spdx-context.jsonld","@graph":[{"type":"CreationInfo","created":"2026-01-02T03:04:05Z"},)"
         R"({"type":"SpdxDocument","spdxId":"D","name":"an image"})" +
         (elements.empty() ? "" : ",") + elements + "]}";
}
std::string package3(const std::string& members) {
  return R"({"type":"software_Package","spdxId":"P","name":"a","software_packageVersion":"1-r0",)"
         R"("software_packageUrl":"pkg:apk/wolfi/a@1-r0?arch=x86_64")" +
         members + "}";
}

TEST(Spdx3, ListsThePackagesOfItsSoftwareProfile) {
  const auto document = only_document(spdx3(package3("") + R"(,{"type":"software_File","spdxId":"F","name":"b"},)"
                                                           R"({"type":"software_Package","spdxId":"I","name":"image",)"
                                                           R"("software_primaryPurpose":"container"})"))
                            .document;
  EXPECT_THAT(shown(document), ElementsAre("a 1-r0 apk x86_64"));
  EXPECT_EQ(document.format, Format::spdx_json);
  EXPECT_EQ(document.format_version, "3.0.1");
  EXPECT_EQ(document.name, "an image");
  EXPECT_EQ(document.created, "2026-01-02T03:04:05Z");
}

TEST(Spdx3, APackageUrlMayBeAnIdentifier) {
  EXPECT_THAT(shown(only_document(spdx3(R"({"type":"software_Package","spdxId":"P","name":"a","externalIdentifier":[)"
                                        R"({"type":"ExternalIdentifier","externalIdentifierType":"packageUrl",)"
                                        R"("identifier":"pkg:deb/debian/a@1?arch=amd64"}]})"))
                        .document),
              ElementsAre("a 1 deb amd64"));
}

TEST(Spdx3, SourcesFilesAndWhatABuildNeedsAreNotInTheImage) {
  const auto with_relation = [](const std::string& members) {
    return shown(
        only_document(spdx3(package3("") + R"(,{"type":"LifecycleScopedRelationship","spdxId":"R",)" + members + "}"))
            .document);
  };
  EXPECT_THAT(with_relation(R"("from":"X","to":["P"],"relationshipType":"dependsOn","scope":"runtime")"),
              ElementsAre("a 1-r0 apk x86_64"));
  for (const char* scope : {"build", "development", "test", "design"})
    EXPECT_THAT(
        with_relation(std::string(R"("from":"X","to":["P"],"relationshipType":"dependsOn","scope":")") + scope + '"'),
        ElementsAre("a 1-r0 apk x86_64 elsewhere"))
        << scope;
  EXPECT_THAT(with_relation(R"("from":"P","to":["X"],"relationshipType":"generates")"),
              ElementsAre("a 1-r0 apk x86_64 elsewhere"));
  EXPECT_THAT(shown(only_document(spdx3(package3(R"(,"software_primaryPurpose":"file")"))).document),
              ElementsAre("a 1-r0 apk x86_64 elsewhere"));
}

TEST(Spdx3, OtherJsonLdIsRefused) {
  EXPECT_EQ(refusal(read_documents(R"({"@context":"https://schema.org","@graph":[]})", "x")),
            "invalid_input: cannot read x: JSON-LD that is not SPDX; expected the @context "
            "https://spdx.org/rdf/3.0.1/spdx-context.jsonld; got \"https://schema.org\"");
  EXPECT_EQ(refusal(read_documents(spdx3("", "4.0.0"), "x")),
            "unsupported: cannot read x: this version of SPDX is not supported; expected 3.0.0 or 3.0.1; got 4.0.0");
}

TEST(CycloneDx, FilesAndWhatIsNotInstalledAreNotInTheImage) {
  const auto of = [](const std::string& members) {
    return shown(only_document(R"({"bomFormat":"CycloneDX","specVersion":"1.7","components":[{"name":"a",)"
                               R"("version":"1-r0","purl":"pkg:apk/wolfi/a@1-r0",)" +
                               members + "}]}")
                     .document);
  };
  EXPECT_THAT(of(R"("type":"library")"), ElementsAre("a 1-r0 apk -"));
  EXPECT_THAT(of(R"("type":"library","scope":"required")"), ElementsAre("a 1-r0 apk -"));
  EXPECT_THAT(of(R"("type":"library","scope":"optional")"), ElementsAre("a 1-r0 apk - elsewhere"));
  EXPECT_THAT(of(R"("type":"library","scope":"excluded")"), ElementsAre("a 1-r0 apk - elsewhere"));
  EXPECT_THAT(of(R"("type":"file")"), ElementsAre("a 1-r0 apk - elsewhere"));
}

TEST(CycloneDx, ComponentsOfTheDescribedOneAreRead) {
  EXPECT_THAT(shown(only_document(R"({"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{)"
                                  R"("type":"container","name":"image","components":[{"type":"library","name":"a",)"
                                  R"("version":"1-r0","purl":"pkg:apk/wolfi/a@1-r0"}]}}})")
                        .document),
              ElementsAre("a 1-r0 apk -"));
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

TEST(Slsa, InternalParametersAndDependenciesListPackagesThatNeedNotBeInTheImage) {
  const auto read = only_document(fixture("provenance.statement.json"));
  EXPECT_THAT(shown(read.document),
              ElementsAre("glibc 2.40-r3 apk x86_64 elsewhere", "libcrypto3 3.4.0-r2 apk - elsewhere",
                          "openssl-config-fipshardened 3.4.0-r3 apk - elsewhere"));
  EXPECT_EQ(read.document.format, Format::slsa_provenance);
  EXPECT_EQ(read.document.created, "2025-03-01T10:01:00Z");
  ASSERT_TRUE(read.statement);
  EXPECT_THAT(read.statement->subjects, ElementsAre(digest_of('8')));
}

TEST(Slsa, AMapCalledPackagesHoldsNothingElse) {
  EXPECT_THAT(shown(only_document(R"({"buildDefinition":{"internalParameters":{"packages":{"a":"1-r0","b":"2.0"},)"
                                  R"("flags":{"c":"1-r0","d":"on"}}}})")
                        .document),
              ElementsAre("a 1-r0 apk - elsewhere", "b 2.0 other - elsewhere", "c 1-r0 apk - elsewhere"));
}

TEST(Slsa, AnApkoConfigurationInItListsWhatTheImageWasToldToHold) {
  const auto document =
      only_document(R"({"buildDefinition":{"externalParameters":{"image-configuration":{"archs":["x86_64"],)"
                    R"("contents":{"packages":["libcrypto3=3.4.0-r2"]}}},)"
                    R"("resolvedDependencies":[{"uri":"pkg:apk/wolfi/gcc@14-r0?arch=x86_64"}]}})")
          .document;
  EXPECT_THAT(shown(document), ElementsAre("gcc 14-r0 apk x86_64 elsewhere", "libcrypto3 3.4.0-r2 apk x86_64"));
  EXPECT_FALSE(document.lists_what_is_there());
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
