// SPDX-License-Identifier: Apache-2.0
// Each answer that an SBOM can give, with its verdict and the findings that lead to it.
#include "verify/claims/claims.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "golden.h"
#include "sbom_samples.h"

namespace kif::verify {
namespace {

using sbom::SignatureState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ClaimsOptions shipped(bool wants_signature = false) {
  return {.rules = {shipped_rule("kernel-independent"), shipped_rule("kernel-dependent")},
          .certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value(),
          .today = parse_date("2026-11-28").value(),
          .wants_signature = wants_signature};
}

const Finding* finding(const ClaimsReport& report, const std::string& id) {
  const auto found = std::ranges::find(report.findings, id, &Finding::id);
  return found == report.findings.end() ? nullptr : &*found;
}

sbom::Found index_document() {
  sbom::Found found = found_document({}, SignatureState::not_checked);
  found.where = "layer 1 of tag sha256-2222.att of oci:images:app";
  found.subject = digest_of('2');
  found.subject_is_index = true;
  found.reading.document.variants = {digest_of('1'), digest_of('3')};
  return found;
}

sbom::Refused refused(ErrorCode code, const std::string& message) {
  return {sbom::Route::cosign_attestation_tag, "layer 1 of tag sha256-1111.att of oci:images:app",
          Error(code, message)};
}

void expect(const ClaimsReport& report, Answer answer, Outcome verdict) {
  EXPECT_EQ(to_string(report.answer), to_string(answer));
  EXPECT_EQ(to_string(report.verdict()), to_string(verdict));
}

TEST(Claims, MetBySignedSbom) {
  const auto search = search_with({found_document(good_packages(), SignatureState::verified)});
  const ClaimsReport report = judge_claims(search, shipped(true));
  expect(report, Answer::met, Outcome::pass);
  ASSERT_NE(finding(report, "SBOM-REQUIRED-LIBCRYPTO3"), nullptr);
  EXPECT_EQ(finding(report, "SBOM-REQUIRED-LIBCRYPTO3")->kind, Kind::verified);
  EXPECT_THAT(finding(report, "SBOM-REQUIRED-LIBCRYPTO3")->evidence,
              ElementsAre("libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer"));
  EXPECT_EQ(finding(report, "SBOM-SIGNATURE")->kind, Kind::verified);
  EXPECT_EQ(finding(report, "SBOM-BUILT")->kind, Kind::claimed); // by the configuration, which nobody signed
  EXPECT_THAT(finding(report, "SBOM-BUILT")->evidence,
              ElementsAre("the image's configuration says 2025-01-31T12:00:00Z"));
}

TEST(Claims, OfKifsLayerARuleAboutOtherPackagesSaysNothing) {
  sbom::Found debian = found_document({}, SignatureState::none);
  sbom::Package package;
  package.name = "libssl3t64";
  package.ecosystem = sbom::Ecosystem::deb;
  debian.reading.document.packages = {package};
  auto search = search_with({debian});
  expect(judge_claims(search, shipped()), Answer::missing, Outcome::fail);
  search.kif_layer = "sha256:" + std::string(64, '1');
  const ClaimsReport report = judge_claims(search, shipped());
  expect(report, Answer::kif_layer, Outcome::could_not_check);
  EXPECT_EQ(finding(report, "SBOM-REQUIRED-LIBCRYPTO3")->outcome, Outcome::could_not_check);
  EXPECT_THAT(finding(report, "SBOM-KIF-LAYER")->evidence[0], HasSubstr(search.kif_layer));
  // Where packages of the rule's kind are listed, it is about this image.
  search.found[0].reading.document.packages = apk_packages({{"busybox", "1.37.0-r0"}});
  expect(judge_claims(search, shipped()), Answer::missing, Outcome::fail);
}

TEST(Claims, MetByASignatureThatNobodyChecked) {
  const ClaimsReport report =
      judge_claims(search_with({found_document(good_packages(), SignatureState::not_checked)}), shipped());
  expect(report, Answer::met_by_unchecked_sbom, Outcome::pass);
  EXPECT_EQ(finding(report, "SBOM-SIGNATURE")->outcome, Outcome::could_not_check);
  EXPECT_TRUE(std::ranges::all_of(report.findings, [](const Finding& one) { return one.kind == Kind::claimed; }));
}

TEST(Claims, MetByUnsignedSbom) {
  const ClaimsReport report =
      judge_claims(search_with({found_document(good_packages(), SignatureState::none)}), shipped());
  expect(report, Answer::met_by_unsigned_sbom, Outcome::pass);
  EXPECT_THAT(finding(report, "SBOM-SIGNATURE")->evidence,
              ElementsAre("it is not: whoever could write it there could write anything"));
}

TEST(Claims, AnUnsignedSbomIsNotJudgedWhereASignatureIsWanted) {
  for (const Named& packages : {good_packages(), Named{{"bouncycastle-fips", "1"}}}) {
    const ClaimsReport report =
        judge_claims(search_with({found_document(packages, SignatureState::none)}), shipped(true));
    expect(report, Answer::unsigned_sbom, Outcome::could_not_check);
    EXPECT_THAT(report.rules, IsEmpty());
    EXPECT_EQ(finding(report, "SBOM-REQUIRED-LIBCRYPTO3"), nullptr);
    EXPECT_TRUE(finding(report, "SBOM-SIGNATURE")->essential);
  }
}

TEST(Claims, TheSameAnswersWhoeverSigned) {
  struct Cell {
    Named packages;
    Answer answer;
  };
  const std::vector<Cell> cells = {
      {with_ordinary({{"libcrypto3", "3.4.0-r1"}, {"openssl-config-fipshardened", "3.4.0-r3"}}), Answer::too_old},
      {with_ordinary({{"libcrypto3", "3.4.0-r2"}}), Answer::missing},
      {with_ordinary({{"libcrypto3", "v3.6.0-r0"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
       Answer::invalid_version},
      {with_ordinary({{"libcrypto3", "3.4.0-r1"}, {"bouncycastle-fips-1.0", "1.0-r0"}}), Answer::excluded}};
  for (const Cell& cell : cells)
    for (const auto signature : {SignatureState::none, SignatureState::not_checked, SignatureState::verified})
      expect(judge_claims(search_with({found_document(cell.packages, signature)}), shipped()), cell.answer,
             Outcome::fail);
}

TEST(Claims, IndicatorsMeetNoRule) {
  Named packages = with_ordinary({{"NIST-CMVP-5132", "1-r0"}, {"NIST-ESV-191", "1-r0"}});
  expect(judge_claims(search_with({found_document(packages, SignatureState::verified)}), shipped()), Answer::missing,
         Outcome::fail);
  packages = good_packages();
  packages.emplace_back("NIST-CMVP-4282", "1-r0");
  const ClaimsReport report =
      judge_claims(search_with({found_document(packages, SignatureState::verified)}), shipped());
  expect(report, Answer::met, Outcome::pass);
  EXPECT_THAT(finding(report, "SBOM-INDICATORS")->evidence,
              ElementsAre(HasSubstr("historical since 2026-09-21"), k_name_identifies_none, k_caveat_stays));
  const ClaimsReport without =
      judge_claims(search_with({found_document(good_packages(), SignatureState::verified)}), shipped());
  EXPECT_THAT(finding(without, "SBOM-INDICATORS")->evidence, ElementsAre("none"));
}

TEST(Claims, AnImageFromBeforeTheRule) {
  auto search = search_with({found_document(good_packages(), SignatureState::verified)});
  search.created = "2024-11-06T10:00:00Z";
  const ClaimsReport report = judge_claims(search, shipped());
  expect(report, Answer::built_before_rule, Outcome::could_not_check);
  EXPECT_EQ(finding(report, "SBOM-BUILT")->outcome, Outcome::could_not_check);
  EXPECT_TRUE(finding(report, "SBOM-BUILT")->essential);
  search.created = "2024-11-07T00:00:00Z";
  expect(judge_claims(search, shipped()), Answer::met, Outcome::pass);
}

TEST(Claims, WhoSaysWhenAnImageWasMade) {
  EXPECT_EQ(build_time("2025-01-01T00:00:00Z", "2024-01-01T00:00:00Z").said_by, "the image's configuration");
  for (const char* made_up : {"1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1980-01-01T00:00:01Z", "", "gestern"}) {
    const BuildTime built = build_time(made_up, "2024-12-01T00:00:00Z");
    EXPECT_EQ(built.said_by, "the SBOM") << made_up;
    EXPECT_EQ(built.written, "2024-12-01T00:00:00Z");
    EXPECT_EQ(built.refused.size(), std::string_view(made_up).empty() ? 0U : 1U);
  }
  EXPECT_FALSE(build_time("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z").moment);
  EXPECT_FALSE(build_time("", "").moment);

  auto search = search_with({found_document(good_packages(), SignatureState::verified)});
  search.created = "1970-01-01T00:00:00Z";
  search.found[0].reading.document.created = "";
  const ClaimsReport report = judge_claims(search, shipped());
  expect(report, Answer::met, Outcome::pass);
  EXPECT_EQ(finding(report, "SBOM-BUILT")->outcome, Outcome::could_not_check);
  EXPECT_FALSE(finding(report, "SBOM-BUILT")->essential);
  EXPECT_THAT(finding(report, "SBOM-BUILT")->evidence,
              ElementsAre("the image's configuration says 1970-01-01T00:00:00Z, a time before there were containers: "
                          "written by builds that are to be repeatable",
                          "nobody says when, so it is not judged"));
}

TEST(Claims, NoSbom) {
  const ClaimsReport report = judge_claims(search_with({}), shipped());
  expect(report, Answer::no_sbom, Outcome::could_not_check);
  EXPECT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(finding(report, "SBOM-FOUND")->evidence,
              ElementsAre(testing::StartsWith("none; looked in: tag sha256-")));
}

TEST(Claims, APlaceThatCouldNotBeAskedLeavesNothingJudged) {
  for (const auto code : {ErrorCode::denied, ErrorCode::io, ErrorCode::timeout, ErrorCode::process,
                          ErrorCode::not_found, ErrorCode::internal})
    for (const bool wants_signature : {false, true}) {
      auto search = search_with({});
      search.refused = {refused(code, "cannot fetch the tag")};
      expect(judge_claims(search, shipped(wants_signature)), Answer::could_not_look, Outcome::could_not_check);
      search.found = {index_document()};
      expect(judge_claims(search, shipped(wants_signature)), Answer::could_not_look, Outcome::could_not_check);
      for (const auto signature : {SignatureState::none, SignatureState::not_checked}) {
        search.found = {found_document(good_packages(), signature)};
        const ClaimsReport report = judge_claims(search, shipped(wants_signature));
        expect(report, Answer::could_not_look, Outcome::could_not_check);
        EXPECT_THAT(report.rules, IsEmpty());
      }
      search.found.push_back(found_document(good_packages(), SignatureState::verified));
      expect(judge_claims(search, shipped(wants_signature)), Answer::met, Outcome::pass);
    }
}

TEST(Claims, APlaceThatCouldNotBeAskedIsNamedWithTheReason) {
  auto search = search_with({});
  search.refused = {refused(ErrorCode::digest_mismatch, "cannot use x: its statement is about another image"),
                    refused(ErrorCode::denied, "cannot fetch it: example.org denies access to app")};
  search.refused[1].error.hint = "log in first: skopeo login example.org";
  const ClaimsReport report = judge_claims(search, shipped());
  expect(report, Answer::could_not_look, Outcome::could_not_check);
  EXPECT_EQ(finding(report, "SBOM-REFUSED")->outcome, Outcome::could_not_check);
  EXPECT_TRUE(finding(report, "SBOM-REFUSED")->essential);
  EXPECT_THAT(finding(report, "SBOM-REFUSED")->evidence,
              ElementsAre("layer 1 of tag sha256-1111.att of oci:images:app: cannot fetch it: example.org denies "
                          "access to app; log in first: skopeo login example.org",
                          "cannot use x: its statement is about another image"));
}

TEST(Claims, AMissingRpmProgramCountsOnlyWhereThereIsNothingElse) {
  auto search = search_with({});
  search.refused = {{sbom::Route::root_file_system, "/var/lib/rpm in oci:images:app",
                     Error(ErrorCode::not_found, "cannot read /var/lib/rpm in oci:images:app: there is no rpm")}};
  expect(judge_claims(search, shipped()), Answer::could_not_look, Outcome::could_not_check);
  search.found = {found_document({}, SignatureState::none)};
  expect(judge_claims(search, shipped()), Answer::could_not_look, Outcome::could_not_check);
  search.found = {found_document(good_packages(), SignatureState::none)};
  expect(judge_claims(search, shipped()), Answer::met_by_unsigned_sbom, Outcome::pass);
  search.refused[0].error.code = ErrorCode::io;
  expect(judge_claims(search, shipped()), Answer::could_not_look, Outcome::could_not_check);
}

TEST(Claims, IndexOnly) {
  const ClaimsReport report = judge_claims(search_with({index_document()}), shipped());
  expect(report, Answer::index_only, Outcome::could_not_check);
  EXPECT_THAT(
      finding(report, "SBOM-FOUND")->evidence,
      ElementsAre("layer 1 of tag sha256-2222.att of oci:images:app: lists 2 images of an index, and no packages"));
  // Beside a document of the platform's it is not what is judged.
  expect(judge_claims(search_with({index_document(), found_document(good_packages(), SignatureState::not_checked)}),
                      shipped()),
         Answer::met_by_unchecked_sbom, Outcome::pass);
}

TEST(Claims, OneOfAThingIsNotCalledMany) {
  auto index = index_document();
  index.reading.document.variants.resize(1, digest_of('1'));
  EXPECT_THAT(finding(judge_claims(search_with({index}), shipped()), "SBOM-FOUND")->evidence,
              ElementsAre(testing::EndsWith(": lists 1 image of an index, and no packages")));
  const auto report = judge_claims(search_with({found_document({{"busybox", "1"}}, SignatureState::none)}), shipped());
  EXPECT_THAT(finding(report, "SBOM-FOUND")->evidence[0], HasSubstr(", 1 package, in "));
}

TEST(Claims, EmptySbom) {
  expect(judge_claims(search_with({found_document({}, SignatureState::verified)}), shipped()), Answer::empty_sbom,
         Outcome::could_not_check);
}

TEST(Claims, ARefusedSbomIsBadWhereNothingElseIsThere) {
  auto search = search_with({});
  search.refused = {refused(ErrorCode::digest_mismatch, "cannot use x: its statement is about another image")};
  search.refused[0].error.expected = "sha256:1";
  search.refused[0].error.got = "sha256:2";
  const ClaimsReport report = judge_claims(search, shipped());
  expect(report, Answer::refused_sbom, Outcome::fail);
  EXPECT_EQ(finding(report, "SBOM-REFUSED")->outcome, Outcome::fail);
  EXPECT_THAT(finding(report, "SBOM-REFUSED")->evidence,
              ElementsAre("cannot use x: its statement is about another image; expected sha256:1; got sha256:2"));
  search.found = {index_document()};
  expect(judge_claims(search, shipped()), Answer::refused_sbom, Outcome::fail);
}

TEST(Claims, ABadSignatureIsWorseThanNone) {
  auto search = search_with({found_document(good_packages(), SignatureState::none)});
  search.refused = {refused(ErrorCode::invalid_input, "cannot read x: no key that was given made its signature")};
  expect(judge_claims(search, shipped(true)), Answer::refused_sbom, Outcome::fail);
  // Without keys nothing is met beside it: it may say otherwise. Beside a signed one it is told and fails nothing.
  expect(judge_claims(search, shipped(false)), Answer::unread_sbom, Outcome::could_not_check);
  EXPECT_TRUE(finding(judge_claims(search, shipped(false)), "SBOM-REFUSED")->essential);
  search.found.push_back(found_document(good_packages(), SignatureState::verified));
  const ClaimsReport report = judge_claims(search, shipped(true));
  expect(report, Answer::met, Outcome::pass);
  EXPECT_EQ(finding(report, "SBOM-REFUSED")->outcome, Outcome::could_not_check);
  EXPECT_FALSE(finding(report, "SBOM-REFUSED")->essential);
}

TEST(Claims, WorkloadsAreNamedAndFailNothing) {
  Named packages = good_packages();
  packages.emplace_back("strongswan", "6.0-r0");
  const ClaimsReport report =
      judge_claims(search_with({found_document(packages, SignatureState::verified)}), shipped());
  expect(report, Answer::met, Outcome::pass);
  ASSERT_NE(finding(report, "SBOM-KERNEL-STRONGSWAN"), nullptr);
  EXPECT_EQ(finding(report, "SBOM-KERNEL-STRONGSWAN")->outcome, Outcome::could_not_check);
  EXPECT_FALSE(finding(report, "SBOM-KERNEL-STRONGSWAN")->essential);
  EXPECT_THAT(finding(report, "SBOM-KERNEL-STRONGSWAN")->evidence,
              ElementsAre("strongswan 6.0-r0", testing::StartsWith("the host's kernel encrypts the packets (XFRM)")));
  EXPECT_EQ(finding(report, "SBOM-KERNEL"), nullptr);
}

TEST(Claims, ADocumentThatSaysOtherwiseIsNamed) {
  auto files = found_document(with_ordinary({{"libcrypto3", "3.0.9-r0"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
                              SignatureState::none);
  files.route = sbom::Route::root_file_system;
  files.where = "/lib/apk/db/installed in oci:images:app";
  files.reading.document.format = sbom::Format::apk_database;
  const ClaimsReport report =
      judge_claims(search_with({found_document(good_packages(), SignatureState::verified), files}), shipped());
  expect(report, Answer::met, Outcome::pass);
  EXPECT_EQ(finding(report, "SBOM-OTHERS")->outcome, Outcome::could_not_check);
  EXPECT_THAT(finding(report, "SBOM-OTHERS")->evidence,
              ElementsAre("otherwise: /lib/apk/db/installed in oci:images:app; by it kernel-independent is too-old"));
}

TEST(Claims, OfSeveralRulesTheWorstAnswerCounts) {
  ClaimsOptions options = shipped();
  Rule other = shipped_rule("kernel-independent");
  other.id = "other";
  other.built_from = Date(std::chrono::year(2026), std::chrono::January, std::chrono::day(1));
  options.rules.push_back(other);
  const auto search = search_with({found_document(good_packages(), SignatureState::verified)});
  expect(judge_claims(search, options), Answer::built_before_rule, Outcome::could_not_check);
  options.rules[0].required[0].minimum = "9";
  expect(judge_claims(search, options), Answer::too_old, Outcome::fail);
}

// Text and JSON of one report that has of everything.
ClaimsReport sample_report(const ClaimsOptions& options) {
  Named packages = with_ordinary({{"libcrypto3", "3.4.0-r1"}, {"openssl-config-fipshardened", "3.6.0-r4"}});
  packages.emplace_back("NIST-CMVP-5132", "1-r0");
  packages.emplace_back("NIST-MIP-next", "1-r0");
  packages.emplace_back("strongswan", "6.0-r0");
  auto search = search_with({found_document(packages, SignatureState::verified), index_document()});
  search.index_digest = digest_of('2');
  return judge_claims(search, options);
}

TEST(Claims, TheTextIsTheGoldenOne) {
  const std::string text = render(sample_report(shipped())).plain();
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/claims.txt", text));
}

TEST(Claims, TheJsonIsTheGoldenOne) {
  const ClaimsOptions options = shipped();
  const std::string text = to_json(sample_report(options), options).dump(2) + "\n";
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/claims.json", text));
}

TEST(Claims, NoControlCharacterOfADocumentReachesTheText) {
  auto document = found_document(
      {{"libcrypto3", "3\x1b[2J"}, {"bouncycastle-fips\n", "\x7f"}, {"NIST-CMVP-1\x1b", "1"}}, SignatureState::none);
  document.where = "a\x1b[31m";
  document.reading.document.format_version = "\r";
  document.reading.document.created = "\x1b";
  auto search = search_with({document});
  search.created = "\x1b";
  search.other_predicates = {"\x1b"};
  for (const auto code : {ErrorCode::invalid_input, ErrorCode::io}) {
    search.refused = {refused(code, "\x1b")};
    search.refused[0].where = search.refused[0].error.hint = "\x1b[7m";
    const std::string text = render(judge_claims(search, shipped())).plain();
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= ' '; }))
        << text;
  }
}

} // namespace
} // namespace kif::verify
