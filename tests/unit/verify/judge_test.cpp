// SPDX-License-Identifier: Apache-2.0
// The published rule on package sets just above and just below each of its limits.
#include "verify/rules/judge.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sbom_samples.h"

namespace kif::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Moment k_in_time = std::chrono::sys_days(std::chrono::year(2025) / 1 / 1);

struct Case {
  std::string name;
  Named packages;
  Answer answer;
  std::vector<std::string> reasons; ///< of the two required packages
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

const std::string k_crypto_met = "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer";
const std::string k_config_met = "openssl-config-fipshardened 3.4.0-r3 is 3.4.0-r3 or newer";

Named crypto(const std::string& version) {
  return with_ordinary({{"libcrypto3", version}, {"openssl-config-fipshardened", "3.4.0-r3"}});
}
Named config(const std::string& version) {
  return with_ordinary({{"libcrypto3", "3.4.0-r2"}, {"openssl-config-fipshardened", version}});
}
Named good_and(const std::string& name) {
  Named packages = good_packages();
  packages.emplace_back(name, "1.0-r0");
  return packages;
}

class PublishedRule : public testing::TestWithParam<Case> {};

TEST_P(PublishedRule, GivesTheAnswerAndItsReasons) {
  const Case& one = GetParam();
  const RuleResult result = judge(shipped_rule("kernel-independent"), apk_packages(one.packages), k_in_time);
  EXPECT_EQ(to_string(result.answer), to_string(one.answer));
  std::vector<std::string> reasons;
  for (const RequiredResult& required : result.required)
    reasons.push_back(required.reason);
  EXPECT_EQ(reasons, one.reasons);
}

Case met(const std::string& name, const std::string& version) {
  return {name, crypto(version), Answer::met, {"libcrypto3 " + version + " is 3.4.0-r2 or newer", k_config_met}};
}
Case too_old(const std::string& name, const std::string& version) {
  return {name, crypto(version), Answer::too_old, {"libcrypto3 " + version + " is older than 3.4.0-r2", k_config_met}};
}
Case invalid(const std::string& name, const std::string& version, const std::string& why) {
  return {name,
          crypto(version),
          Answer::invalid_version,
          {"libcrypto3: cannot read apk version \"" + version + "\": " + why, k_config_met}};
}
Case excluded(const std::string& name, const std::string& package) {
  return {name, good_and(package), Answer::excluded, {k_crypto_met, k_config_met}};
}
Case not_excluded(const std::string& name, const std::string& package) {
  return {name, good_and(package), Answer::met, {k_crypto_met, k_config_met}};
}

INSTANTIATE_TEST_SUITE_P(
    Versions, PublishedRule,
    testing::Values(met("AtTheLimit", "3.4.0-r2"), met("RevisionTen", "3.4.0-r10"), met("MinorTen", "3.10.0-r0"),
                    met("PatchOfIt", "3.4.0_p1-r0"), met("SnapshotOfIt", "3.4.0_git20241201-r0"),
                    met("NextPatch", "3.4.1"), met("Today", "3.6.0-r4"), too_old("RevisionBefore", "3.4.0-r1"),
                    too_old("NoRevision", "3.4.0"), too_old("Candidate", "3.4.0_rc1-r5"),
                    too_old("ZeroInFront", "3.04.0-r0"), too_old("MinorBefore", "3.3.9-r99"),
                    too_old("Three", "3.0.15-r0"), invalid("Letter", "v3.6.0-r0", "wrong at character 1"),
                    invalid("BehindTheRevision", "3.4.0-r2-extra", "wrong at character 9"),
                    invalid("NoVersion", "", "it is empty"),
                    Case{"ConfigAtTheLimit", config("3.4.0-r3"), Answer::met, {k_crypto_met, k_config_met}},
                    Case{"ConfigBelow",
                         config("3.4.0-r2"),
                         Answer::too_old,
                         {k_crypto_met, "openssl-config-fipshardened 3.4.0-r2 is older than 3.4.0-r3"}},
                    Case{"ConfigAbove",
                         config("3.4.0-r4"),
                         Answer::met,
                         {k_crypto_met, "openssl-config-fipshardened 3.4.0-r4 is 3.4.0-r3 or newer"}}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Names, PublishedRule,
    testing::Values(
        Case{"NothingOfIt",
             with_ordinary({}),
             Answer::missing,
             {"no apk package is called libcrypto3", "no apk package is called openssl-config-fipshardened"}},
        Case{"OnlyTheLookAlike",
             with_ordinary({{"libcrypto3-2.34", "3.6.0-r1"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::missing,
             {"no apk package is called libcrypto3; not it: libcrypto3-2.34 3.6.0-r1 (apk)", k_config_met}},
        Case{"TheLookAlikeBesides",
             with_ordinary({{"libcrypto3", "3.4.0-r2"},
                            {"libcrypto3-2.34", "3.0.0-r0"},
                            {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::met,
             {k_crypto_met, k_config_met}},
        Case{"AnotherCase",
             with_ordinary({{"Libcrypto3", "3.6.0-r1"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::missing,
             {"no apk package is called libcrypto3", k_config_met}},
        Case{"MissingBeforeTooOld",
             with_ordinary({{"libcrypto3", "3.4.0-r1"}}),
             Answer::missing,
             {"libcrypto3 3.4.0-r1 is older than 3.4.0-r2", "no apk package is called openssl-config-fipshardened"}},
        Case{"TwiceTheWorseCounts",
             with_ordinary(
                 {{"libcrypto3", "3.6.0-r4"}, {"libcrypto3", "3.4.0-r1"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::too_old,
             {"libcrypto3 3.4.0-r1 is older than 3.4.0-r2; the worst of 2 versions listed", k_config_met}},
        Case{"TwiceOneIsNone",
             with_ordinary(
                 {{"libcrypto3", "3.6.0-r4"}, {"libcrypto3", "v9"}, {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::invalid_version,
             {"libcrypto3: cannot read apk version \"v9\": wrong at character 1; the worst of 2 versions listed",
              k_config_met}},
        Case{"TwiceBothGood",
             with_ordinary({{"libcrypto3", "3.10.0-r0"},
                            {"libcrypto3", "3.6.0-r4"},
                            {"openssl-config-fipshardened", "3.4.0-r3"}}),
             Answer::met,
             {"libcrypto3 3.6.0-r4 is 3.4.0-r2 or newer; the worst of 2 versions listed", k_config_met}},
        excluded("BouncyCastle", "bouncycastle-fips"), excluded("BouncyCastleOne", "bouncycastle-fips-1.0"),
        excluded("CniInside", "amazon-k8s-cni-fips"), not_excluded("BouncyCastleTwo", "bouncycastle-fips-2"),
        not_excluded("BouncyCastleRng", "bouncycastle-rng-jent"), not_excluded("CniAtTheEnd", "my-cni"),
        not_excluded("CniAtTheStart", "cni-plugins"), excluded("MyCniPlugin", "my-cni-plugin"),
        not_excluded("CniInCapitals", "my-CNI-plugin"), not_excluded("AnIndicator", "NIST-CMVP-5132")),
    [](const auto& one) { return one.param.name; });

TEST(Judge, ExcludedWinsOverMissingAndTooOldAndAge) {
  const Rule rule = shipped_rule("kernel-independent");
  const auto packages = apk_packages({{"libcrypto3", "3.0.0-r0"}, {"bouncycastle-fips", "2.0.0-r1"}});
  EXPECT_EQ(judge(rule, packages, k_in_time).answer, Answer::excluded);
  EXPECT_EQ(judge(rule, packages, Moment(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1))).answer,
            Answer::excluded);
  const RuleResult result = judge(rule, packages, std::nullopt);
  ASSERT_EQ(result.excluded.size(), 1U);
  EXPECT_EQ(result.excluded[0].package.name, "bouncycastle-fips");
  EXPECT_EQ(result.excluded[0].by.name.describe(), "bouncycastle-fips");
}

TEST(Judge, TheDayItselfIsInTime) {
  const Rule rule = shipped_rule("kernel-independent");
  const auto packages = apk_packages(good_packages());
  const auto at = [&](const char* moment) { return judge(rule, packages, parse_moment(moment)); };
  EXPECT_EQ(at("2024-11-06T23:59:59Z").answer, Answer::built_before_rule);
  EXPECT_EQ(at("2024-11-06T23:59:59Z").age, Age::before);
  EXPECT_EQ(at("2024-11-07T00:00:00Z").answer, Answer::met);
  EXPECT_EQ(at("2024-11-07T00:30:00+02:00").answer, Answer::built_before_rule); // the day before, in UTC
  EXPECT_EQ(at("2024-11-06T23:30:00-02:00").answer, Answer::met);
  EXPECT_EQ(judge(rule, packages, std::nullopt).age, Age::unknown);
  EXPECT_EQ(judge(rule, packages, std::nullopt).answer, Answer::met);
}

TEST(Judge, APackageOfAnotherEcosystemIsNotTheOne) {
  auto packages = apk_packages(good_packages());
  packages[0].ecosystem = sbom::Ecosystem::deb;
  const RuleResult result = judge(shipped_rule("kernel-independent"), packages, k_in_time);
  EXPECT_EQ(result.answer, Answer::missing);
  EXPECT_EQ(result.required[0].reason, "no apk package is called libcrypto3; not it: libcrypto3 3.4.0-r2 (deb)");
}

TEST(Judge, APackageThatSaysNoEcosystemCounts) {
  auto packages = apk_packages(good_packages());
  for (sbom::Package& package : packages) {
    package.ecosystem = sbom::Ecosystem::other;
    package.purl.clear();
  }
  EXPECT_EQ(judge(shipped_rule("kernel-independent"), packages, k_in_time).answer, Answer::met);
}

TEST(Judge, HostileNamesAndVersionsAreNamedAsTheyAre) {
  const auto packages = apk_packages({{"libcrypto3", "3\x1b[2J"}, {"libcrypto3-\n", "1"}});
  const RuleResult result = judge(shipped_rule("kernel-independent"), packages, k_in_time);
  EXPECT_THAT(result.required[0].reason, HasSubstr("\x1b"));
}

TEST(Judge, OtherOrdersThanApks) {
  Rule rule = shipped_rule("kernel-independent");
  rule.ecosystem = sbom::Ecosystem::deb;
  rule.required = {{"libssl3", "3.0.11-1~deb12u2"}};
  const auto answer = [&](const char* version) {
    return judge(rule, std::vector<sbom::Package>{{"libssl3", version, sbom::Ecosystem::deb, "", ""}}, k_in_time)
        .answer;
  };
  EXPECT_EQ(answer("3.0.11-1~deb12u2"), Answer::met);
  EXPECT_EQ(answer("3.0.11-1"), Answer::met);
  EXPECT_EQ(answer("3.0.11-1~deb12u1"), Answer::too_old);
  EXPECT_EQ(answer("1:0"), Answer::met);
  rule.ecosystem = sbom::Ecosystem::rpm;
  rule.required = {{"openssl-libs", "1:3.0.7"}};
  const auto of_rpm = [&](const char* version) {
    return judge(rule, std::vector<sbom::Package>{{"openssl-libs", version, sbom::Ecosystem::rpm, "", ""}}, k_in_time)
        .answer;
  };
  EXPECT_EQ(of_rpm("1:3.0.7-27.el9"), Answer::met);
  EXPECT_EQ(of_rpm("3.0.7-27.el9"), Answer::too_old); // without epoch
}

TEST(Required, IsOfTheImagesArchitecture) {
  const Rule rule = shipped_rule("kernel-independent");
  const auto answer = [&](const char* written, std::string_view image) {
    std::vector<sbom::Package> packages;
    for (const auto& [name, version] :
         {std::pair("libcrypto3", "3.6.0-r0"), std::pair("openssl-config-fipshardened", "3.6.0-r0")})
      packages.push_back({name, version, sbom::Ecosystem::apk, written, ""});
    return judge(rule, packages, k_in_time, image);
  };
  for (const char* fitting : {"x86_64", "amd64", "AMD64", "noarch", "all", ""})
    EXPECT_EQ(answer(fitting, "amd64").answer, Answer::met) << fitting;
  for (const char* other : {"aarch64", "arm64", "x86", "src", "a\x1b"})
    EXPECT_EQ(answer(other, "amd64").answer, Answer::missing) << other;
  EXPECT_EQ(answer("aarch64", "arm64").answer, Answer::met);
  EXPECT_EQ(answer("aarch64", "").answer, Answer::met); // a document alone: of which image is not known
  EXPECT_EQ(answer("x86_64", "arm64").required.front().reason,
            "no apk package is called libcrypto3; an entry of that name is for x86_64, and the image for arm64");
}

TEST(Required, IsNotWhatABuildNeeded) {
  const Rule rule = shipped_rule("kernel-independent");
  std::vector<sbom::Package> packages = apk_packages(
      {{"libcrypto3", "3.6.0-r0"}, {"openssl-config-fipshardened", "3.6.0-r0"}, {"bouncycastle-fips", "1-r0"}});
  packages[0].presence = sbom::Presence::elsewhere;
  packages[2].presence = sbom::Presence::elsewhere;
  const RuleResult result = judge(rule, packages, k_in_time);
  EXPECT_EQ(result.required[0].meeting, Meeting::missing);
  EXPECT_EQ(result.required[1].meeting, Meeting::met);
  EXPECT_EQ(result.excluded.size(), 1U); // and yet it counts against an image
}

TEST(Excluded, CountsWhateverEcosystemStandsBesideIt) {
  const Rule rule = shipped_rule("kernel-independent");
  for (const sbom::Ecosystem ecosystem :
       {sbom::Ecosystem::apk, sbom::Ecosystem::deb, sbom::Ecosystem::rpm, sbom::Ecosystem::other}) {
    const std::vector<sbom::Package> packages = {{"bouncycastle-fips", "1", ecosystem, "", "pkg:x/bouncycastle-fips"}};
    EXPECT_EQ(judge(rule, packages, k_in_time).answer, Answer::excluded);
  }
}

TEST(Workloads, AreNamedByEcosystem) {
  const Rule rule = shipped_rule("kernel-dependent");
  const auto ids = [&](const sbom::Package& package) {
    std::vector<std::string> found;
    for (const WorkloadFound& workload : find_workloads(rule, std::span(&package, 1)))
      found.push_back(workload.workload.id);
    return found;
  };
  const auto of = [](const char* name, sbom::Ecosystem ecosystem) {
    return sbom::Package{name, "1", ecosystem, "", "pkg:x/" + std::string(name)};
  };
  EXPECT_THAT(ids(of("amazon-k8s-cni-fips", sbom::Ecosystem::apk)), ElementsAre("CNI"));
  EXPECT_THAT(ids(of("containernetworking-plugins", sbom::Ecosystem::deb)), ElementsAre("CNI"));
  EXPECT_THAT(ids(of("containernetworking-plugins", sbom::Ecosystem::apk)), IsEmpty());
  EXPECT_THAT(ids(of("cryptsetup-bin", sbom::Ecosystem::deb)), ElementsAre("CRYPTSETUP"));
  EXPECT_THAT(ids(of("libcryptsetup12", sbom::Ecosystem::deb)), IsEmpty());
  EXPECT_THAT(ids(of("strongswan-charon", sbom::Ecosystem::deb)), ElementsAre("STRONGSWAN"));
  EXPECT_THAT(ids(of("strongswan", sbom::Ecosystem::rpm)), ElementsAre("STRONGSWAN"));
  EXPECT_THAT(ids(of("libreswan", sbom::Ecosystem::rpm)), ElementsAre("LIBRESWAN"));
  for (const sbom::Ecosystem ecosystem : {sbom::Ecosystem::apk, sbom::Ecosystem::deb, sbom::Ecosystem::rpm}) {
    EXPECT_THAT(ids(of("wireguard-tools", ecosystem)), ElementsAre("WIREGUARD"));
    EXPECT_THAT(ids(of("ktls-utils", ecosystem)), ElementsAre("KTLS"));
    EXPECT_THAT(ids(of("cifs-utils", ecosystem)), ElementsAre("CIFS"));
  }
  EXPECT_THAT(ids(of("wireguard-go", sbom::Ecosystem::apk)), IsEmpty());
  EXPECT_THAT(ids(of("openvpn-dco-dkms", sbom::Ecosystem::deb)), ElementsAre("OPENVPN-DCO"));
  EXPECT_THAT(ids(of("openvpn", sbom::Ecosystem::deb)), IsEmpty());
  EXPECT_THAT(ids(of("libkcapi1", sbom::Ecosystem::deb)), ElementsAre("LIBKCAPI"));
  EXPECT_THAT(ids(of("fscryptctl", sbom::Ecosystem::deb)), ElementsAre("FSCRYPT"));
  for (const char* plugin : {"calico", "calico-node", "cilium", "cilium-1.17", "flannel", "antrea", "weave"})
    EXPECT_THAT(ids(of(plugin, sbom::Ecosystem::apk)), ElementsAre("CNI")) << plugin;
  EXPECT_THAT(ids(of("busybox", sbom::Ecosystem::apk)), IsEmpty());
}

TEST(Indicators, AreReadWithTheirQualifiers) {
  const auto packages = apk_packages({{"NIST-CMVP-5132", "1-r0"},
                                      {"NIST-CMVP-5523-optin", "1-r0"},
                                      {"NIST-CMVP-4743-UPDATE", "1-r0"},
                                      {"NIST-CMVP-9999", "1-r0"},
                                      {"NIST-CMVP-x", "1-r0"},
                                      {"NIST-CMVP-4282-new", "1-r0"},
                                      {"NIST-ESV-E191", "1-r0"},
                                      {"NIST-ESV-318", "1-r0"},
                                      {"NIST-MIP-openssl-3.6", "1-r0"},
                                      {"my-NIST-CMVP-1", "1-r0"}});
  const Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  std::vector<std::string> claims;
  for (const IndicatorFound& found : find_indicators(shipped_rule("kernel-independent"), packages))
    claims.push_back(describe(found, certificates, parse_date("2026-11-28").value()));
  ASSERT_EQ(claims.size(), 9U);
  EXPECT_THAT(
      claims[0],
      testing::StartsWith("NIST-CMVP-5132: CMVP #5132, Chainguard FIPS Provider for OpenSSL 3.4.0; FIPS 140-3; active "
                          "since 2026-01-14; sunset 2031-01-13; holder Chainguard; caveat externally-loaded-only: "));
  EXPECT_THAT(claims[1], testing::StartsWith(
                             "NIST-CMVP-5523-optin: a module that is used only if it is opted into, CMVP #5523, "));
  EXPECT_THAT(claims[2],
              testing::StartsWith(
                  "NIST-CMVP-4743-UPDATE: a module that is not the certificate's but an update of it, no certificate "
                  "covers it; the certificate is CMVP #4743, BC-FJA (Bouncy Castle FIPS Java API) 2.0; FIPS 140-3; "));
  EXPECT_EQ(claims[3], "NIST-CMVP-9999: CMVP #9999, of which kif's certificates say nothing");
  EXPECT_EQ(claims[4], "NIST-CMVP-x: names no certificate number");
  EXPECT_THAT(claims[5], HasSubstr("with \"new\", whose meaning kif does not know, CMVP #4282, OpenSSL FIPS Provider "
                                   "3.0.8, 3.0.9; FIPS 140-2; historical since 2026-09-21 ("));
  EXPECT_THAT(claims[5],
              HasSubstr("; sunset 2026-09-21, which has passed; holder the OpenSSL project; caveat no-assurance: "
                        "no assurance of the minimum strength of generated keys; not interim; by NIST, "));
  EXPECT_THAT(claims[6],
              HasSubstr("ESV E191, Chainguard CPU Time Jitter RNG Entropy Source; SP 800-90B; status not known; "
                        "sunset not known; holder Chainguard; by Chainguard, "));
  EXPECT_THAT(claims[7], HasSubstr("ESV E318, CPU jitter entropy source of the Go Cryptographic Module; "));
  EXPECT_EQ(claims[8], "NIST-MIP-openssl-3.6: a module in process, \"openssl-3.6\": submitted, and no certificate");
}

} // namespace
} // namespace kif::verify
