// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
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
  Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();

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
    const auto findings = findings_at_rest(subject, certificates, parse_date("2026-11-28").value());
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

TEST_F(AtRestTest, BesideACertificateThatTheLayerClaimsStandsWhatIsKnownOfIt) {
  put(k_layer_description, R"({"module":{"version":"3.1.2","sha256":"aa","claimed":"CMVP #4985, #9999"}})");
  const Finding claims = find("LIVE-LAYER-CLAIMS");
  EXPECT_EQ(claims.outcome, Outcome::pass);
  ASSERT_EQ(claims.evidence.size(), 5U);
  EXPECT_EQ(claims.evidence[0], "module 3.1.2, sha256:aa: CMVP #4985, #9999");
  EXPECT_EQ(claims.evidence[1].rfind("CMVP #4985, OpenSSL FIPS Provider 3.1.2; FIPS 140-3; active since ", 0), 0U);
  EXPECT_EQ(claims.evidence[2], "CMVP #9999: not known to kif");
  EXPECT_EQ(claims.evidence[3], k_name_identifies_none);
  EXPECT_EQ(claims.evidence[4], k_caveat_stays);
}

TEST_F(AtRestTest, AClaimThatIsContradictedIsSaidToBe) {
  put(k_layer_description, R"({"module":{"version":"3.5.9","sha256":"aa","claimed":"CMVP #4985"}})");
  EXPECT_EQ(
      find("LIVE-LAYER-CLAIMS").evidence[1],
      "contradicted by what kif knows: cannot claim CMVP #4985 for the FIPS module 3.5.9: it is of another version");
}

TEST_F(AtRestTest, OfAnEntropyLibraryThatKifDoesNotKnowTheOriginIsAClaim) {
  EXPECT_EQ(find("LIVE-ENTROPY-ORIGIN").outcome, Outcome::could_not_check);
  put(k_layer_entropy_library, "a library");
  Finding origin = find("LIVE-ENTROPY-ORIGIN");
  EXPECT_EQ(origin.kind, Kind::claimed);
  EXPECT_EQ(origin.outcome, Outcome::pass);
  EXPECT_EQ(origin.title, "that the seeds come from CPU jitter is claimed by whoever gave the entropy library");
  EXPECT_EQ(origin.evidence.size(), 1u);
  EXPECT_EQ(origin.evidence[0].find(Digest::of("a library").text() + ": kif does not know this file"), 0u);

  put(k_layer_entropy_library, read_file(KIF_JITTERENTROPY_LIBRARY, 1024 * 1024).value());
  put(k_layer_description, R"({"entropy_library":{"osr":4,"flags":"ntg1\u001b[31m","memory_bytes":65536}})");
  origin = find("LIVE-ENTROPY-ORIGIN");
  EXPECT_EQ(origin.kind, Kind::verified);
  EXPECT_EQ(origin.outcome, Outcome::pass);
  EXPECT_EQ(origin.evidence[1], "it is set up with osr 4, flags ntg1\x1b[31m, memory 65536 bytes");
}

TEST_F(AtRestTest, WhatTheLayerDoesNotReachIsNamed) {
  EXPECT_EQ(find("LIVE-LAYER-NOT-REACHED").outcome, Outcome::could_not_check) << "an older layer does not say";
  put(k_layer_description, R"({"not_reached":["/usr/bin/php8.4: PHP computes\u001b[31m hash() by itself",7]})");
  const Finding named = find("LIVE-LAYER-NOT-REACHED");
  EXPECT_EQ(named.kind, Kind::claimed);
  EXPECT_EQ(named.evidence, (std::vector<std::string>{"/usr/bin/php8.4: PHP computes\x1b[31m hash() by itself"}));
  put(k_layer_description, R"({"not_reached":[]})");
  EXPECT_EQ(find("LIVE-LAYER-NOT-REACHED").evidence, (std::vector<std::string>{"nothing"}));
}

TEST_F(AtRestTest, WhatIsNotApprovedByChoiceIsNamed) {
  for (const char* silent : {"{}", R"({"compat":"sha1-signatures"})", "no JSON"}) {
    put(k_layer_description, silent);
    EXPECT_EQ(find("LIVE-LAYER-COMPAT").outcome, Outcome::could_not_check) << silent;
  }
  put(k_layer_description, R"({"compat":[]})");
  EXPECT_EQ(find("LIVE-LAYER-COMPAT").evidence, (std::vector<std::string>{"nothing"}));
  EXPECT_EQ(find("LIVE-LAYER-COMPAT").outcome, Outcome::pass);
  EXPECT_FALSE(find("LIVE-LAYER-COMPAT").by_choice);
  put(k_layer_description, R"({"compat":["sha1-signatures",7,"x\u001b[31m"]})");
  const Finding named = find("LIVE-LAYER-COMPAT");
  EXPECT_EQ(named.outcome, Outcome::pass);
  EXPECT_TRUE(named.by_choice);
  EXPECT_EQ(named.evidence, (std::vector<std::string>{"sha1-signatures", "x\x1b[31m"}));
  EXPECT_EQ(compat_of(subject), named.evidence);
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

TEST_F(AtRestTest, ProgramsThatSomeMayRunAndNotReadAreTold) {
  for (const std::uint32_t mode : {0755U, 0555U, 0700U, 0500U, 0644U, 0750U, 04755U, 0400U, 0U})
    EXPECT_FALSE(is_unreadable_for_some(mode)) << std::oct << mode;
  for (const std::uint32_t mode : {0111U, 0711U, 0751U, 0100U, 0771U & ~0040U, 04711U})
    EXPECT_TRUE(is_unreadable_for_some(mode)) << std::oct << mode;
}

TEST_F(AtRestTest, AnImageWithoutTheLayerHasItsDigestsOnly) {
  std::filesystem::remove_all(folder.path() / "usr");
  EXPECT_FALSE(subject.has_layer());
  EXPECT_EQ(findings_at_rest(subject, certificates, parse_date("2026-11-28").value()).size(), 1U);
}

} // namespace
} // namespace kif::verify
