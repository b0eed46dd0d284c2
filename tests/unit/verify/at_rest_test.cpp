// SPDX-License-Identifier: Apache-2.0
#include "verify/subject.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "digest/digest.h"

namespace kif::verify {
namespace {

class AtRestTest : public testing::Test {
protected:
  TempDir folder = TempDir::create("kif-test-").value();
  Subject subject;

  void SetUp() override {
    subject.root = folder.path();
    subject.layers = 2;
    subject.manifest_digest = "sha256:00";
    put(k_layer_provider, "provider");
    put(k_layer_config, "config");
    put(k_layer_manifest, line("provider", k_layer_provider) + line("config", k_layer_config));
    put(k_layer_description,
        R"({"module":{"version":"3.5.9","sha256":"aa","claimed":"nothing is claimed"},"entropy_library":{"version":"3.6.3","sha256":"bb"}})");
  }
  void put(const std::string& path, const std::string& content) {
    const auto file = folder.path() / path.substr(1);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::trunc) << content;
  }
  static std::string line(const std::string& content, const std::string& path) {
    return Digest::of(content).hex() + "  " + path + "\n";
  }
  Finding find(const std::string& id) {
    const auto findings = findings_at_rest(subject);
    const auto found = std::ranges::find(findings, id, &Finding::id);
    return found == findings.end() ? Finding{.id = "none", .title = ""} : *found;
  }
};

TEST_F(AtRestTest, AnIntactLayerIsVerified) {
  EXPECT_EQ(find("LIVE-IMAGE-DIGESTS").evidence[0], "sha256:00, 2 layers");
  const Finding files = find("LIVE-LAYER-FILES");
  EXPECT_EQ(files.outcome, Outcome::pass);
  EXPECT_EQ(files.kind, Kind::verified);
  EXPECT_EQ(files.evidence, (std::vector<std::string>{"2 files named"}));
}

TEST_F(AtRestTest, AChangedFileIsNamedWithBothDigests) {
  put(k_layer_provider, "provideR");
  const Finding files = find("LIVE-LAYER-FILES");
  EXPECT_EQ(files.outcome, Outcome::fail);
  EXPECT_EQ(files.evidence[0], std::string(k_layer_provider) + ": expected " + Digest::of("provider").text() +
                                   ", got " + Digest::of("provideR").text());
}

TEST_F(AtRestTest, AMissingFileAndAMalformedLineAreNamed) {
  put(k_layer_manifest, line("x", "/gone") + "nonsense\n");
  const Finding files = find("LIVE-LAYER-FILES");
  EXPECT_EQ(files.outcome, Outcome::fail);
  EXPECT_EQ(files.evidence[0], "/gone: no such file");
  EXPECT_EQ(files.evidence[1], "a line of the manifest is malformed: nonsense");
}

TEST_F(AtRestTest, AnEmptyOrMissingManifestVerifiesNothing) {
  put(k_layer_manifest, "");
  EXPECT_EQ(find("LIVE-LAYER-FILES").outcome, Outcome::fail);
  std::filesystem::remove(folder.path() / std::string(k_layer_manifest).substr(1));
  EXPECT_EQ(find("LIVE-LAYER-FILES").outcome, Outcome::fail);
}

TEST_F(AtRestTest, WhatTheLayerSaysIsAClaim) {
  const Finding claims = find("LIVE-LAYER-CLAIMS");
  EXPECT_EQ(claims.kind, Kind::claimed);
  EXPECT_EQ(claims.evidence, (std::vector<std::string>{"module 3.5.9, sha256:aa: nothing is claimed",
                                                       "entropy library 3.6.3, sha256:bb"}));
  put(k_layer_description, "[1,2");
  EXPECT_EQ(find("LIVE-LAYER-CLAIMS").outcome, Outcome::could_not_check);
}

TEST_F(AtRestTest, WhatTheLayerDoesNotReachIsNamed) {
  EXPECT_EQ(find("LIVE-LAYER-NOT-REACHED").outcome, Outcome::could_not_check) << "an older layer does not say";
  put(k_layer_description, R"({"not_reached":["/usr/bin/php8.4: PHP computes\u001b[31m hash() by itself",7]})");
  const Finding named = find("LIVE-LAYER-NOT-REACHED");
  EXPECT_EQ(named.kind, Kind::claimed);
  EXPECT_EQ(named.evidence, (std::vector<std::string>{"/usr/bin/php8.4: PHP computes [31m hash() by itself"}));
  put(k_layer_description, R"({"not_reached":[]})");
  EXPECT_EQ(find("LIVE-LAYER-NOT-REACHED").evidence, (std::vector<std::string>{"nothing"}));
}

TEST_F(AtRestTest, ProgramsThatTheLayerDoesNotReachAreNamed) {
  EXPECT_EQ(find("LIVE-IMAGE-STATIC").evidence, (std::vector<std::string>{"none"}));
  subject.apart.gaining_rights = {"/usr/bin/su"};
  subject.apart.static_ones.assign(25, "/app");
  EXPECT_EQ(find("LIVE-IMAGE-GAINING-RIGHTS").evidence, (std::vector<std::string>{"/usr/bin/su"}));
  const Finding statics = find("LIVE-IMAGE-STATIC");
  EXPECT_EQ(statics.outcome, Outcome::pass);
  EXPECT_EQ(statics.evidence.size(), 21U);
  EXPECT_EQ(statics.evidence.back(), "and 5 more");
}

TEST_F(AtRestTest, AnImageWithoutTheLayerHasItsDigestsOnly) {
  std::filesystem::remove_all(folder.path() / "usr");
  EXPECT_FALSE(subject.has_layer());
  EXPECT_EQ(findings_at_rest(subject).size(), 1U);
}

} // namespace
} // namespace kif::verify
