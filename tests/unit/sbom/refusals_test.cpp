// SPDX-License-Identifier: Apache-2.0
// Each field that kif reads, broken once, and the words in which it is refused.
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.h"

namespace kif::sbom {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string refused(const std::string& text) {
  return refusal(read_documents(text, "x"));
}

struct Broken {
  std::string pointer;
  nlohmann::json value;
  std::string message;
};

void expect_refusals(const std::string& text, const std::vector<Broken>& table) {
  ASSERT_EQ(refused(text), "it was read");
  for (const Broken& broken : table)
    EXPECT_EQ(refused(with(text, broken.pointer, broken.value)), broken.message) << broken.pointer;
}

const nlohmann::json k_gone(nlohmann::json::value_t::discarded);
constexpr const char* k_unknown_form =
    "invalid_input: cannot read x: it is not an SBOM in a form that kif knows; hint: kif reads SPDX 2.2, 2.3 and 3.0, "
    "CycloneDX 1.4 to 1.7 and syft's JSON, bare, in in-toto statements, DSSE envelopes and sigstore bundles";

TEST(Refusals, OfSpdx) {
  expect_refusals(
      fixture("apko-image.spdx.json"),
      {
          {"/spdxVersion", "SPDX-2.1",
           "unsupported: cannot read x: this version of SPDX is not supported; expected SPDX-2.2 or SPDX-2.3; got "
           "SPDX-2.1"},
          {"/spdxVersion", k_gone, k_unknown_form},
          {"/spdxVersion", 2, "invalid_input: cannot read x: spdxVersion is a number, not a string"},
          {"/name", 1, "invalid_input: cannot read x: name is a number, not a string"},
          {"/creationInfo", k_gone, "invalid_input: cannot read x: creationInfo is missing"},
          {"/creationInfo/created", true,
           "invalid_input: cannot read x: creationInfo.created is a boolean, not a string"},
          {"/creationInfo/creators", "a",
           "invalid_input: cannot read x: creationInfo.creators is a string, not an array"},
          {"/packages", "a", "invalid_input: cannot read x: packages is not an array"},
          {"/packages/5", "a", "invalid_input: cannot read x: packages[5] is a string, not an object"},
          {"/packages/5/name", 1, "invalid_input: cannot read x: packages[5].name is a number, not a string"},
          {"/packages/5/versionInfo", 3.4,
           "invalid_input: cannot read x: packages[5].versionInfo is a number, not a string"},
          {"/packages/5/SPDXID", 1, "invalid_input: cannot read x: packages[5].SPDXID is a number, not a string"},
          {"/packages/5/Name", "b",
           "invalid_input: cannot read x: members \"packages[5].Name\" and \"packages[5].name\" differ only in case"},
          {"/packages/5/externalRefs", "a",
           "invalid_input: cannot read x: packages[5].externalRefs is a string, not an array"},
          {"/packages/5/externalRefs/1/referenceType", k_gone,
           "invalid_input: cannot read x: packages[5].externalRefs[1].referenceType is missing"},
          {"/packages/5/externalRefs/1/referenceCategory", k_gone,
           "invalid_input: cannot read x: packages[5].externalRefs[1].referenceCategory is missing"},
          {"/packages/5/externalRefs/1/referenceLocator", k_gone,
           "invalid_input: cannot read x: packages[5].externalRefs[1].referenceLocator is missing"},
          {"/packages/0/primaryPackagePurpose", 1,
           "invalid_input: cannot read x: packages[0].primaryPackagePurpose is a number, not a string"},
          {"/documentDescribes", "a", "invalid_input: cannot read x: documentDescribes is a string, not an array"},
          {"/relationships", "a", "invalid_input: cannot read x: relationships is not an array"},
          {"/relationships/1", "a", "invalid_input: cannot read x: relationships[1] has no relationshipType"},
          {"/relationships/1/relationshipType", k_gone,
           "invalid_input: cannot read x: relationships[1] has no relationshipType"},
          {"/relationships/1/relatedSpdxElement", k_gone,
           "invalid_input: cannot read x: relationships[1].relatedSpdxElement is missing"},
          {"/relationships/1/spdxElementId", 1,
           "invalid_input: cannot read x: relationships[1].spdxElementId is a number, not a string"},
      });
  EXPECT_EQ(refused(with(fixture("apko-index.spdx.json"), "/packages/1/checksums/0/algorithm", k_gone)),
            "invalid_input: cannot read x: packages[1].checksums[0].algorithm is missing");
}

TEST(Refusals, OfCycloneDx) {
  expect_refusals(
      fixture("trivy.cdx.json"),
      {
          {"/bomFormat", "Other",
           "invalid_input: cannot read x: bomFormat is not CycloneDX's; expected CycloneDX; got Other"},
          {"/specVersion", "1.3",
           "unsupported: cannot read x: this version of CycloneDX is not supported; expected 1.4, 1.5, 1.6 or 1.7; got "
           "1.3"},
          {"/specVersion", k_gone, "invalid_input: cannot read x: specVersion is missing"},
          {"/metadata", "a", "invalid_input: cannot read x: metadata is a string, not an object"},
          {"/metadata/timestamp", 1, "invalid_input: cannot read x: metadata.timestamp is a number, not a string"},
          {"/metadata/component/name", 1,
           "invalid_input: cannot read x: metadata.component.name is a number, not a string"},
          {"/components", "a", "invalid_input: cannot read x: components is a string, not an array"},
          {"/components/2/type", k_gone, "invalid_input: cannot read x: components[2].type is missing"},
          {"/components/2/name", 1, "invalid_input: cannot read x: components[2].name is a number, not a string"},
          {"/components/2/version", 1, "invalid_input: cannot read x: components[2].version is a number, not a string"},
          {"/components/2/purl", 1, "invalid_input: cannot read x: components[2].purl is a number, not a string"},
          {"/components/1/components/0/name", 1,
           "invalid_input: cannot read x: components[1].components[0].name is a number, not a string"},
      });
}

TEST(Refusals, OfSyft) {
  expect_refusals(
      fixture("syft.json"),
      {
          {"/schema", k_gone, "invalid_input: cannot read x: schema is missing"},
          {"/schema/version", k_gone, "invalid_input: cannot read x: schema.version is missing"},
          {"/source", k_gone, "invalid_input: cannot read x: source is missing"},
          {"/source/name", 1, "invalid_input: cannot read x: source.name is a number, not a string"},
          {"/artifacts", 1, "invalid_input: cannot read x: artifacts is a number, not an array"},
          {"/artifacts/0/name", 1, "invalid_input: cannot read x: artifacts[0].name is a number, not a string"},
          {"/artifacts/0/version", 1, "invalid_input: cannot read x: artifacts[0].version is a number, not a string"},
          {"/artifacts/0/type", 1, "invalid_input: cannot read x: artifacts[0].type is a number, not a string"},
          {"/artifacts/0/purl", 1, "invalid_input: cannot read x: artifacts[0].purl is a number, not a string"},
      });
  const auto disagreeing = only_document(with(fixture("syft.json"), "/artifacts/0/type", "deb")).document;
  EXPECT_THAT(disagreeing.left_out, ElementsAre("1 package has the package URL of another"));
}

TEST(Refusals, OfProvenanceAndConfiguration) {
  expect_refusals(
      fixture("provenance.statement.json"),
      {
          {"/predicate/buildDefinition/internalParameters", "a",
           "invalid_input: cannot read x: buildDefinition.internalParameters is a string, not an object"},
          {"/predicate/buildDefinition/resolvedDependencies", "a",
           "invalid_input: cannot read x: buildDefinition.resolvedDependencies is a string, not an array"},
          {"/predicate/buildDefinition/resolvedDependencies/0/uri", 1,
           "invalid_input: cannot read x: buildDefinition.resolvedDependencies[0].uri is a number, not a string"},
          {"/predicate/runDetails/metadata/finishedOn", 1,
           "invalid_input: cannot read x: runDetails.metadata.finishedOn is a number, not a string"},
          {"/predicate/buildDefinition", k_gone,
           "invalid_input: cannot read x: its predicate is not what its type says; expected SLSA provenance; got "
           "something else"},
      });
  expect_refusals(fixture("apko-configuration.statement.json"),
                  {
                      {"/predicate/contents/packages", "a",
                       "invalid_input: cannot read x: contents.packages is a string, not an array"},
                      {"/predicate/contents/packages/0", 1,
                       "invalid_input: cannot read x: contents.packages[0] is a number, not a string"},
                      {"/predicate/archs", "a", "invalid_input: cannot read x: archs is a string, not an array"},
                  });
}

TEST(Refusals, OfStatements) {
  expect_refusals(
      fixture("buildkit.statement.json"),
      {
          {"/_type", "https://in-toto.io/Statement/v2",
           "unsupported: cannot read x: this version of in-toto statements is not supported; expected "
           "https://in-toto.io/Statement/v0.1 or /v1; got https://in-toto.io/Statement/v2"},
          {"/_type", k_gone, "invalid_input: cannot read x: _type is missing"},
          {"/predicateType", 1, "invalid_input: cannot read x: predicateType is a number, not a string"},
          {"/subject", "a", "invalid_input: cannot read x: subject is a string, not an array"},
          {"/subject/0/digest", "a", "invalid_input: cannot read x: subject[0].digest is a string, not an object"},
          {"/subject/0/digest/sha256", "5555",
           "invalid_input: cannot read x: subject[0].digest.sha256 is not 64 hex digits"},
          {"/predicate", k_gone, "invalid_input: cannot read x: predicate is missing"},
          {"/predicate", 5,
           "invalid_input: cannot read x: its predicate is not what its type says; expected SPDX JSON; got something "
           "else"},
          {"/predicate", "SPDXVersion: SPDX-2.3",
           "unsupported: cannot read the predicate of x: SPDX tag-value is not supported; hint: kif reads SBOMs in "
           "JSON; syft convert and "
           "trivy convert make it of other forms"},
          {"/predicateType", "https://cyclonedx.org/bom",
           "invalid_input: cannot read x: its predicate is not what its type says; expected CycloneDX JSON; got SPDX "
           "JSON"},
          {"/predicate/spdxVersion", "SPDX-2.0",
           "unsupported: cannot read x: this version of SPDX is not supported; expected SPDX-2.2 or SPDX-2.3; got "
           "SPDX-2.0"},
      });
}

TEST(Statements, OfOtherTypesAreToldByWhatTheyHold) {
  for (const std::string type : {"https://cosign.sigstore.dev/attestation/vuln/v1", "https://slsa.dev/provenance/v0.2",
                                 "https://spdx.dev/Documents", "https://slsa.dev/provenance/v10"}) {
    const std::string sbom = with(fixture("buildkit.statement.json"), "/predicateType", type);
    EXPECT_EQ(only_document(sbom).document.packages.size(), 2U);
    const auto readings = read_documents(with(sbom, "/predicate", {{"scanner", "x"}}), "x");
    ASSERT_TRUE(readings) << readings.error().message;
    EXPECT_THAT(readings->documents, IsEmpty());
    EXPECT_THAT(readings->other_predicates, ElementsAre(type));
  }
}

TEST(Statements, TypesMayCarryTheFormatsVersion) {
  for (const std::string type : {"https://spdx.dev/Document/v2.3", "https://spdx.dev/Document/v2.2"})
    EXPECT_EQ(only_document(with(fixture("buildkit.statement.json"), "/predicateType", type)).statement->predicate_type,
              type);
}

TEST(Statements, CosignWrapsWhatItTakesForText) {
  const std::string statement = fixture("buildkit.statement.json");
  const std::string document = nlohmann::json::parse(statement)["predicate"].dump();
  EXPECT_EQ(only_document(with(statement, "/predicate", document)).document.packages.size(), 2U);
  EXPECT_EQ(only_document(with(statement, "/predicate", {{"Data", document}})).document.packages.size(), 2U);
  const std::string custom =
      with(with(statement, "/predicate", {{"Data", document}, {"Timestamp", "2025-01-01T00:00:00Z"}}), "/predicateType",
           "https://cosign.sigstore.dev/attestation/v1");
  EXPECT_EQ(only_document(custom).document.packages.size(), 2U);
  for (const std::string other : {"hello", "{}", R"({"a":1})"}) {
    const auto readings = read_documents(with(custom, "/predicate/Data", other), "x").value();
    EXPECT_THAT(readings.documents, IsEmpty());
    EXPECT_THAT(readings.other_predicates, ElementsAre("https://cosign.sigstore.dev/attestation/v1"));
  }
  EXPECT_EQ(refused(with(custom, "/predicate/Data", "{")),
            "invalid_input: cannot read the predicate of x: not JSON at byte 2");
}

TEST(Refusals, OfHostileText) {
  EXPECT_EQ(refused(""), "invalid_input: cannot read x: not JSON at byte 1");
  EXPECT_EQ(refused("[]"), k_unknown_form);
  EXPECT_EQ(refused("{}"), k_unknown_form);
  EXPECT_EQ(refused(R"({"schemaVersion":2,"manifests":[]})"), k_unknown_form);
  EXPECT_EQ(refused(R"({"spdxVersion":"SPDX-2.3","spdxVersion":"SPDX-2.2"})"),
            "invalid_input: cannot read x: member \"spdxVersion\" appears twice in one object");
  EXPECT_EQ(refused(R"({"spdxVersion":"SPDX-2.3","bomFormat":"CycloneDX"})"),
            "invalid_input: cannot read x: it could be SPDX JSON and CycloneDX JSON");
  EXPECT_EQ(refused(R"({"predicateType":"a","payloadType":"b"})"),
            "invalid_input: cannot read x: it could be an in-toto statement and a DSSE envelope");
  EXPECT_EQ(refused(R"({"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":{}})"),
            "invalid_input: cannot read x: @graph is not an array");
  EXPECT_EQ(refused(R"({"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"spdxId":"a"}]})"),
            "invalid_input: cannot read x: @graph[0] has no type");
  for (const std::string_view text : {std::string_view("\xff\xfe{\0", 4), std::string_view("\xfe\xff\0{", 4),
                                      std::string_view("{\0\"\0", 4), std::string_view("\0{\0\"", 4)})
    EXPECT_EQ(refused(std::string(text)),
              "unsupported: cannot read x: UTF-16 is not supported; hint: kif reads SBOMs in "
              "JSON; syft convert and trivy convert make it of other forms");
  EXPECT_EQ(refused(R"({"spdxVersion":"SPDX-2.3","a":)" + std::string(64, '[') + std::string(64, ']') + "}"),
            "too_large: cannot read x: nested deeper than 64");
  EXPECT_EQ(refused(std::string(k_max_document_bytes + 1, ' ')),
            "too_large: cannot read x: larger than the bound of 67108864 bytes");
  EXPECT_EQ(
      refused(" SPDXVersion: SPDX-2.3\n"),
      "unsupported: cannot read x: SPDX tag-value is not supported; hint: kif reads SBOMs in JSON; syft convert and "
      "trivy convert make it of other forms");
  EXPECT_EQ(
      refused("<?xml version=\"1.0\"?>"),
      "unsupported: cannot read x: XML is not supported; hint: kif reads SBOMs in JSON; syft convert and trivy convert "
      "make it of other forms");
  std::string values = R"({"spdxVersion":"SPDX-2.3","a":[0)";
  for (int i = 0; i < 2'000'000; ++i)
    values += ",0";
  EXPECT_EQ(refused(values + "]}"), "too_large: cannot read x: more than 2000000 values");
  std::string packages = R"({"spdxVersion":"SPDX-2.3","creationInfo":{},"packages":[{"name":"a"})";
  for (int i = 0; i < 200'000; ++i)
    packages += R"(,{"name":"a"})";
  EXPECT_EQ(refused(packages + "]}"), "too_large: cannot read x: more than 200000 packages");
}

TEST(Refusals, OfEveryTruncation) {
  const std::string text = nlohmann::json::parse(fixture("apko-image.spdx.json")).dump();
  for (std::size_t length = 0; length < text.size(); ++length)
    ASSERT_EQ(refused(text.substr(0, length)).rfind("invalid_input: cannot read x: not JSON at byte ", 0), 0U)
        << length;
}

} // namespace
} // namespace kif::sbom
