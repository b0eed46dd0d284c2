// SPDX-License-Identifier: Apache-2.0
// Every route of a layout, what is refused on it, and which document is judged.
#include "sbom/finding/find.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/choose.h"
#include "oci/media_type.h"
#include "oci/test_image.h"

namespace kif::sbom {
namespace {

using nlohmann::json;
using oci::file;
using oci::tar_of;
using testing::ElementsAre;

constexpr const char* k_apk_database = "P:busybox\nV:1.36.1-r2\nA:x86_64\n\nP:libcrypto3\nV:3.4.0-r2\nA:x86_64\n\n";
constexpr const char* k_dpkg_status =
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n";

std::string base64(std::string_view text) {
  constexpr std::string_view k_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8U | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      result += i + j <= text.size() ? k_letters[bits >> (18 - 6 * j) & 63U] : '=';
  }
  return result;
}

json spdx(const std::vector<std::string>& names) {
  json packages = json::array();
  for (const std::string& name : names)
    packages.push_back({{"SPDXID", "SPDXRef-Package-" + name},
                        {"name", name},
                        {"versionInfo", "1.0-r0"},
                        {"externalRefs",
                         {{{"referenceCategory", "PACKAGE-MANAGER"},
                           {"referenceType", "purl"},
                           {"referenceLocator", "pkg:apk/wolfi/" + name + "@1.0-r0?arch=x86_64"}}}}});
  return {{"spdxVersion", "SPDX-2.3"},
          {"SPDXID", "SPDXRef-DOCUMENT"},
          {"name", "test"},
          {"documentNamespace", "https://example.com/test"},
          {"creationInfo", {{"created", "2025-01-02T03:04:05Z"}, {"creators", {"Tool: test"}}}},
          {"packages", packages}};
}

json statement(const json& subject, const json& predicate) {
  return {{"_type", "https://in-toto.io/Statement/v1"},
          {"subject", {{{"name", "image"}, {"digest", {{"sha256", subject["digest"].get<std::string>().substr(7)}}}}}},
          {"predicateType", "https://spdx.dev/Document"},
          {"predicate", predicate}};
}

json envelope(const json& statement) {
  return {{"payloadType", "application/vnd.in-toto+json"},
          {"payload", base64(statement.dump())},
          {"signatures", {{{"keyid", ""}, {"sig", "MEUCIQ=="}}}}};
}

class FindTest : public testing::Test {
protected:
  json attach(const char* layer_type, const json& document, const json& subject = nullptr) const {
    json manifest = {{"schemaVersion", 2},
                     {"config", m_layout.put("application/vnd.oci.empty.v1+json", "{}")},
                     {"layers", {m_layout.put_json(layer_type, document)}}};
    if (!subject.is_null())
      manifest["subject"] = subject;
    return m_layout.put_json(oci::k_oci_manifest, manifest);
  }
  static json tagged(json entry, const std::string& tag) {
    entry["annotations"][std::string(oci::k_ref_name)] = tag;
    return entry;
  }
  static std::string tag_of(const json& descriptor, const char* suffix) {
    return "sha256-" + descriptor["digest"].get<std::string>().substr(7) + suffix;
  }
  json image_with(const std::vector<oci::TestEntry>& files) const { return put_image(m_layout, {tar_of(files)}); }

  Search find(const std::string& name = "oci:DIR/x:t", const SearchOptions& options = {}) const {
    auto search = find_sboms(m_scene.name(name), options);
    EXPECT_TRUE(search.has_value()) << (search ? "" : search.error().render("kif"));
    return search ? *std::move(search) : Search();
  }
  Search find_everywhere() const {
    SearchOptions options;
    options.look_everywhere = true;
    return find("oci:DIR/x:t", options);
  }
  // "cosign-attestation-tag about image: libcrypto3" for each document, then each refusal.
  std::vector<std::string> told(const Search& search) const {
    std::vector<std::string> lines;
    for (const Found& found : search.found) {
      std::string line = std::string(to_string(found.route)) + " about " +
                         (!found.subject           ? "nothing"
                          : found.subject_is_index ? "index"
                                                   : "image") +
                         ":";
      for (const Package& package : found.reading.document.packages)
        line += " " + package.name;
      lines.push_back(line);
    }
    for (const Refused& refused : search.refused)
      lines.push_back(std::string(to_string(refused.route)) + " " + m_scene.told(refused.error));
    return lines;
  }

  oci::Scene m_scene;
  oci::TestLayout m_layout{m_scene.path("x")};
  const json m_image = put_image(m_layout, {tar_of({file("etc/motd")})});
  const json m_other = put_image(m_layout, {tar_of({file("etc/issue")})});
};

TEST_F(FindTest, AnImageWithoutAnySbomHasLookedEverywhere) {
  m_layout.index({m_image});
  const Search search = find();
  EXPECT_THAT(told(search), ElementsAre());
  EXPECT_THAT(search.looked, ElementsAre(Route::cosign_sbom_tag, Route::cosign_attestation_tag, Route::layout,
                                         Route::buildkit, Route::root_file_system));
  EXPECT_EQ(best_document(search), nullptr);
  EXPECT_EQ(search.manifest_digest->text(), m_image["digest"].get<std::string>());
  EXPECT_EQ(search.index_digest, std::nullopt);
}

TEST_F(FindTest, CosignsTagsAreRead) {
  m_layout.index({tagged(m_image, "t"), tagged(attach("text/spdx+json", spdx({"a"})), tag_of(m_image, ".sbom")),
                  tagged(attach("application/vnd.dsse.envelope.v1+json", envelope(statement(m_image, spdx({"b"})))),
                         tag_of(m_image, ".att"))},
                 "");
  const Search search = find();
  EXPECT_THAT(told(search), ElementsAre("cosign-sbom-tag about image: a", "cosign-attestation-tag about image: b"));
  EXPECT_TRUE(search.root_was_passed_over);
  // A signature that nobody checked is no reason to go first.
  EXPECT_EQ(best_document(search), &search.found.at(0));
  EXPECT_EQ(search.found.at(1).reading.signature, SignatureState::not_checked);
}

TEST_F(FindTest, AStatementAboutAnotherImageIsRefused) {
  m_layout.index({tagged(m_image, "t"),
                  tagged(attach("application/vnd.dsse.envelope.v1+json", envelope(statement(m_other, spdx({"b"})))),
                         tag_of(m_image, ".att"))},
                 "");
  const std::string where = "layer 1 of tag " + tag_of(m_image, ".att") + " of oci:DIR/x:t";
  EXPECT_THAT(told(find()),
              ElementsAre("cosign-attestation-tag digest_mismatch: cannot use " + where +
                          ": its statement is about another image\nexpected: " + m_image["digest"].get<std::string>() +
                          "\ngot: " + m_other["digest"].get<std::string>()));
}

TEST_F(FindTest, ReferrersAreHeldToTheirSubject) {
  m_layout.index({tagged(m_image, "t"), attach("application/spdx+json", spdx({"a"}), m_image),
                  attach("application/spdx+json", spdx({"wrong"}), m_other)},
                 "");
  EXPECT_THAT(told(find()), ElementsAre("layout about image: a"));

  // A fallback tag may list what has another subject.
  const json stray = attach("application/spdx+json", spdx({"stray"}), m_other);
  const json list = m_layout.put_json(oci::k_oci_index, {{"schemaVersion", 2}, {"manifests", {stray}}});
  m_layout.index({tagged(m_image, "t"), tagged(list, tag_of(m_image, ""))}, "");
  EXPECT_THAT(told(find()),
              ElementsAre("layout digest_mismatch: cannot use referrer " + stray["digest"].get<std::string>() +
                          " of oci:DIR/x:t: its subject is another manifest\nexpected: " +
                          m_image["digest"].get<std::string>() + "\ngot: " + m_other["digest"].get<std::string>()));
}

TEST_F(FindTest, BuildKitsStatementsAreOfTheirPlatform) {
  const auto attestation = [&](const json& subject) {
    json entry = attach("application/vnd.in-toto+json", statement(subject, spdx({"c"})));
    entry["platform"] = {{"os", "unknown"}, {"architecture", "unknown"}};
    entry["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"},
                            {"vnd.docker.reference.digest", subject["digest"]}};
    return entry;
  };
  json image = m_image;
  image["platform"] = {{"os", "linux"}, {"architecture", oci::Platform::host().architecture}};
  const json index = m_layout.put_json(
      oci::k_oci_index, {{"schemaVersion", 2}, {"manifests", {image, attestation(m_image), attestation(m_other)}}});
  m_layout.index({index});
  const Search search = find();
  EXPECT_THAT(told(search), ElementsAre("buildkit about image: c"));
  EXPECT_EQ(search.index_digest->text(), index["digest"].get<std::string>());
  EXPECT_EQ(search.found.at(0).reading.signature, SignatureState::none);
}

TEST_F(FindTest, IndexAndPlatformAreBothAsked) {
  json image = m_image;
  image["platform"] = {{"os", "linux"}, {"architecture", oci::Platform::host().architecture}};
  const json index = m_layout.put_json(oci::k_oci_index, {{"schemaVersion", 2}, {"manifests", {image}}});
  const char* dsse = "application/vnd.dsse.envelope.v1+json";
  m_layout.index({tagged(index, "t"),
                  tagged(attach(dsse, envelope(statement(index, spdx({"of-index"})))), tag_of(index, ".att")),
                  tagged(attach(dsse, envelope(statement(m_image, spdx({"of-image"})))), tag_of(m_image, ".att"))},
                 "");
  const Search search = find();
  EXPECT_THAT(told(search), ElementsAre("cosign-attestation-tag about image: of-image",
                                        "cosign-attestation-tag about index: of-index"));
  EXPECT_EQ(best_document(search), &search.found.at(0));
}

TEST_F(FindTest, TheImagesFilesAreReadWhereNothingElseHasPackages) {
  const json image =
      image_with({file("lib/apk/db/installed", k_apk_database), file("var/lib/dpkg/status", k_dpkg_status),
                  file("var/lib/dpkg/status.d/tz", "Package: tzdata\nVersion: 2024a-0\n"),
                  file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\n"),
                  file("var/lib/dpkg/status.d/base.md5sums", "no package"),
                  file("var/lib/db/sbom/one.spdx.json", spdx({"one"}).dump()),
                  file("var/lib/db/sbom/two.spdx.json", spdx({"two", "one"}).dump())});
  m_layout.index({image});
  EXPECT_THAT(told(find()),
              ElementsAre("root-file-system about image: busybox libcrypto3", "root-file-system about image: libc6",
                          "root-file-system about image: base-files tzdata", "root-file-system about image: one two"));

  m_layout.index({tagged(image, "t"), attach("application/spdx+json", spdx({"beside"}), image)}, "");
  EXPECT_THAT(told(find()), ElementsAre("layout about image: beside"));
  EXPECT_EQ(find_everywhere().found.size(), 5U);
}

TEST_F(FindTest, WhatCannotBeReadIsToldAndTheRestGoesOn) {
  const json image = image_with({file("lib/apk/db/installed", k_apk_database)});
  json broken = attach("application/spdx+json", spdx({"a"}), image);
  std::filesystem::remove(m_layout.blob_path(broken));
  m_layout.index({tagged(image, "t"), tagged(broken, tag_of(image, ".sbom"))}, "");
  const Search search = find();
  ASSERT_EQ(search.refused.size(), 2U) << testing::PrintToString(told(search)); // by its tag, and as a referrer
  EXPECT_THAT(search.refused.at(0).error.message, testing::HasSubstr("is missing"));
  EXPECT_THAT(told(search).front(), "root-file-system about image: busybox libcrypto3");
}

TEST_F(FindTest, AnOversizedDocumentIsRefusedUnread) {
  json manifest = {{"schemaVersion", 2},
                   {"config", m_layout.put("application/vnd.oci.empty.v1+json", "{}")},
                   {"layers", {m_layout.put("application/spdx+json", "{}")}}};
  manifest["layers"][0]["size"] = k_max_document_bytes + 1;
  m_layout.index(
      {tagged(m_image, "t"), tagged(m_layout.put_json(oci::k_oci_manifest, manifest), tag_of(m_image, ".sbom"))}, "");
  EXPECT_THAT(told(find()),
              ElementsAre("cosign-sbom-tag too_large: cannot read layer 1 of tag " + tag_of(m_image, ".sbom") +
                          " of oci:DIR/x:t: its 67108865 bytes are over the bound of 67108864"));
}

TEST_F(FindTest, AFileIsReadByItself) {
  oci::write_file(m_scene.path("bom.json"), spdx({"a"}).dump());
  const auto search = read_sbom_file(m_scene.path("bom.json"), {});
  ASSERT_TRUE(search.has_value());
  EXPECT_THAT(told(*search), ElementsAre("file about nothing: a"));

  SearchOptions keeping;
  keeping.reading.keep_published = true;
  oci::write_file(m_scene.path("statement.json"), statement(m_image, spdx({"a"})).dump());
  for (const char* name : {"bom.json", "statement.json"}) {
    const auto kept = read_sbom_file(m_scene.path(name), keeping);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->found.at(0).reading.published, spdx({"a"}).dump());
  }
  EXPECT_EQ(search->found.at(0).reading.published, "");

  const auto missing = read_sbom_file(m_scene.path("none.json"), {});
  EXPECT_EQ(m_scene.told(missing.error()), "not_found: cannot open DIR/none.json: No such file or directory");
}

TEST_F(FindTest, AnUnpackedRootIsReadWithinItself) {
  const auto root = m_scene.path("root");
  oci::write_file(root / "usr/lib/apk/db/installed", k_apk_database);
  std::filesystem::create_symlink("usr/lib", root / "lib");
  // What lies outside must not be reached.
  oci::write_file(m_scene.path("outside/dpkg/status"), k_dpkg_status);
  std::filesystem::create_directories(root / "var");
  std::filesystem::create_symlink(m_scene.path("outside"), root / "var/lib");
  const auto search = find_sboms_in_folder(root, {});
  ASSERT_TRUE(search.has_value());
  EXPECT_THAT(told(*search), ElementsAre("root-file-system about nothing: busybox libcrypto3"));

  // A place that cannot be looked at is told, and the others are looked at.
  std::filesystem::remove(root / "var/lib");
  std::filesystem::create_symlink("lib", root / "var/lib");
  EXPECT_THAT(told(find_sboms_in_folder(root, {}).value()),
              testing::Contains("root-file-system io: cannot open /var/lib/dpkg/status in DIR/root: Too many levels of "
                                "symbolic links"));
}

TEST_F(FindTest, AStatementInsideTheImageIsNotTakenApart) {
  const json image = image_with({file("var/lib/db/sbom/one.spdx.json", statement(m_image, spdx({"one"})).dump())});
  m_layout.index({image});
  EXPECT_THAT(told(find()),
              ElementsAre("root-file-system unsupported: cannot read /var/lib/db/sbom/one.spdx.json in "
                          "oci:DIR/x:t: it is a statement, and not a document alone\nhint: name it itself, "
                          "or attach it to the image"));
}

TEST_F(FindTest, WhatABuildWasToldDoesNotStandForWhatIsThere) {
  const json image = image_with({file("lib/apk/db/installed", k_apk_database)});
  const json provenance = {{"_type", "https://in-toto.io/Statement/v1"},
                           {"subject", statement(image, nullptr)["subject"]},
                           {"predicateType", "https://slsa.dev/provenance/v1"},
                           {"predicate",
                            {{"buildDefinition", {{"buildType", "x"}, {"internalParameters", {{"wanted", "1.0-r0"}}}}},
                             {"runDetails", {{"builder", {{"id", "x"}}}}}}}};
  m_layout.index({tagged(image, "t"),
                  tagged(attach("application/vnd.dsse.envelope.v1+json", envelope(provenance)), tag_of(image, ".att"))},
                 "");
  const Search search = find();
  EXPECT_THAT(told(search), ElementsAre("cosign-attestation-tag about image: wanted",
                                        "root-file-system about image: busybox libcrypto3"));
  EXPECT_EQ(best_document(search), &search.found.at(1));
}

TEST_F(FindTest, AListThatNamesAManifestAtTheWrongPlaceDoesNotHideIt) {
  json image = m_image;
  image["platform"] = {{"os", "linux"}, {"architecture", oci::Platform::host().architecture}};
  const json index = m_layout.put_json(oci::k_oci_index, {{"schemaVersion", 2}, {"manifests", {image}}});
  const json of_index = attach("application/spdx+json", spdx({"of-index"}), index);
  const json stray = m_layout.put_json(oci::k_oci_index, {{"schemaVersion", 2}, {"manifests", {of_index}}});
  m_layout.index({tagged(index, "t"), tagged(stray, tag_of(m_image, "")), of_index}, "");
  EXPECT_THAT(told(find()), ElementsAre("layout about index: of-index"));
}

TEST_F(FindTest, AnImageMayListSoManyPackages) {
  json components = json::array();
  for (int i = 0; i < 199'999; ++i)
    components.push_back({{"type", "library"}, {"name", "p" + std::to_string(i)}});
  const json document = {{"bomFormat", "CycloneDX"}, {"specVersion", "1.6"}, {"components", components}};
  const json manifest = {{"schemaVersion", 2},
                         {"config", m_layout.put("application/vnd.oci.empty.v1+json", "{}")},
                         {"layers", json(3, m_layout.put_json("application/vnd.cyclonedx+json", document))}};
  m_layout.index(
      {tagged(m_image, "t"), tagged(m_layout.put_json(oci::k_oci_manifest, manifest), tag_of(m_image, ".sbom"))}, "");
  const Search search = find();
  EXPECT_EQ(search.found.size(), 2U);
  ASSERT_EQ(search.refused.size(), 1U);
  EXPECT_THAT(search.refused.front().error.message,
              testing::HasSubstr("all documents together list more than 400000 packages"));
}

} // namespace
} // namespace kif::sbom
