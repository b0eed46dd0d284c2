// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/module_claim.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kif::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Certificates& shipped() {
  static const Certificates all = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  return all;
}

std::vector<std::string> named(std::string_view text) {
  std::vector<std::string> names;
  for (const NamedCertificate& certificate : certificates_named(text))
    names.push_back(certificate.name());
  return names;
}

std::string refusal(std::string_view claim, const std::string& version) {
  const auto checked = check_module_claim(claim, version, shipped());
  return checked ? "no error" : checked.error().render("kif");
}

TEST(ModuleClaim, NamesCertificatesAsPeopleWriteThem) {
  for (const char* text : {"CMVP #4985", "#4985", "CMVP 4985", "cmvp-4985", "NIST-CMVP-4985",
                           "certificate 4985, built by us", "Cert. #4985", "certificate no. 4985",
                           "FIPS 140-3 certificate #4985.", "(#4985)", "module 3.1.2 of CMVP #4985 #4985",
                           "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/4985"})
    EXPECT_THAT(named(text), ElementsAre("CMVP #4985")) << text;
  EXPECT_THAT(named("CMVP #4985 and #5102"), ElementsAre("CMVP #4985", "CMVP #5102"));
  EXPECT_THAT(named("certificates 4985, 5102 and 5132"), ElementsAre("CMVP #4985", "CMVP #5102", "CMVP #5132"));
  for (const char* text :
       {"ESV E191", "E191", "ESV #E191", "ESV certificate 191", "NIST-ESV-191",
        "csrc.nist.gov/projects/cryptographic-module-validation-program/entropy-validations/certificate/191"})
    EXPECT_THAT(named(text), ElementsAre("ESV E191")) << text;
  EXPECT_THAT(named("CMVP #5132 with E191"), ElementsAre("CMVP #5132", "ESV E191"));
}

TEST(ModuleClaim, WhatIsNoCertificateIsNone) {
  for (const char* text :
       {"", "built by our house", "OpenSSL 3.1.2", "FIPS 140-3, level 1", "build 2026", "since 2026-11-28", "our #7",
        "entropy 32 bytes", "NIST SP 800-90B", "tested on a Xeon E5-2690", "E5 2690",
        "a certificate of our house, 3.1.2", "CMVP", "EVP_E2E", "#", "E", "CMVP #", "v4985"})
    EXPECT_THAT(named(text), IsEmpty()) << text;
  EXPECT_THAT(named("#1234567890"), IsEmpty());
  std::string many = "certificates";
  for (int number = 1000; number < 1100; ++number)
    many += " " + std::to_string(number);
  EXPECT_EQ(named(many).size(), 16U);
}

TEST(ModuleClaim, OfAnotherVersionIsRefused) {
  EXPECT_THAT(refusal("CMVP #4985, built by us", "3.5.9"),
              StartsWith("kif: error: cannot claim CMVP #4985 for the FIPS module 3.5.9: it is of another version\n"
                         "  expected: a certificate of version 3.5.9\n"
                         "  got:      CMVP #4985, OpenSSL FIPS Provider 3.1.2\n"
                         "  hint: name the certificate's own file with --module, or leave the claim out; kif's source: "
                         "NIST, "));
  EXPECT_THAT(refusal("CMVP #4282", "3.1.2"),
              HasSubstr("  got:      CMVP #4282, OpenSSL FIPS Provider 3.0.8, 3.0.9\n"));
  EXPECT_THAT(refusal("#9999 and #4985", "3.5.9"), HasSubstr("cannot claim CMVP #4985"));
  EXPECT_THAT(refusal("#5132", "3.4.01"), HasSubstr("it is of another version"));
}

TEST(ModuleClaim, OfAnotherKindOfModuleIsRefused) {
  EXPECT_THAT(
      refusal("#4943", "3.5.9"),
      StartsWith("kif: error: cannot claim CMVP #4943 for the FIPS module 3.5.9: it is of another kind of module\n"
                 "  expected: a certificate of an OpenSSL provider\n"
                 "  got:      CMVP #4943, BC-FJA (Bouncy Castle FIPS Java API) 2.1, a Java module\n"));
  EXPECT_THAT(refusal("#5142", "3.1.2"), HasSubstr(", a Java module\n"));
  EXPECT_THAT(refusal("#5247", "3.1.2"), HasSubstr(", a Go module\n"));
  EXPECT_THAT(refusal("#5104", "3.1.2"), HasSubstr("BoringCrypto, a library of its own\n"));
}

TEST(ModuleClaim, OfAnEntropySourceIsRefused) {
  EXPECT_EQ(refusal("ESV E191", "3.4.0"),
            "kif: error: cannot claim ESV E191 for the FIPS module 3.4.0: it is an entropy source's certificate\n"
            "  expected: a certificate of the module\n  got:      ESV E191\n"
            "  hint: an entropy source's certificate changes nothing about the module's\n");
  EXPECT_THAT(refusal("E9", "3.4.0"), "no error"); // no certificate is named so
  EXPECT_THAT(refusal("ESV E999", "3.4.0"), HasSubstr("entropy source's"));
}

TEST(ModuleClaim, WhatContradictsNothingIsTaken) {
  EXPECT_EQ(refusal("CMVP #4985", "3.1.2"), "no error");
  EXPECT_EQ(refusal("CMVP #5102, Chainguard", "3.1.2"), "no error"); // the same version, another holder's
  EXPECT_EQ(refusal("CMVP #4282", "3.0.8"), "no error");             // historical, and said so
  EXPECT_EQ(refusal("CMVP #4282", "3.0.9-1ubuntu"), "no error");
  EXPECT_EQ(refusal("CMVP #4857", "3.0.7-395c1a240fbfffd8"), "no error"); // no source says its version
  EXPECT_EQ(refusal("CMVP #9999", "3.5.9"), "no error");
  EXPECT_EQ(refusal("built by our house", "3.5.9"), "no error");
}

TEST(ModuleClaim, IsRecordedAsItIsAndWhatIsNotKnownBesideIt) {
  EXPECT_EQ(recorded_claim("CMVP #4985, built by us", shipped()), "CMVP #4985, built by us");
  EXPECT_EQ(recorded_claim("built by us", shipped()), "built by us");
  EXPECT_EQ(recorded_claim("CMVP #9999", shipped()), "CMVP #9999 (CMVP #9999: not known to kif)");
  EXPECT_EQ(recorded_claim("#9999, #4985, #9998", shipped()),
            "#9999, #4985, #9998 (CMVP #9999, CMVP #9998: not known to kif)");
}

TEST(ModuleClaim, SaysWhatIsKnownAndWhatStays) {
  const Date today = parse_date("2026-11-28").value();
  EXPECT_THAT(
      describe_claim("#4985 or #9999", shipped(), today),
      ElementsAre(StartsWith("CMVP #4985, OpenSSL FIPS Provider 3.1.2; FIPS 140-3; active since 2025-03-11; sunset "
                             "2030-03-10; holder the OpenSSL project; caveat no-assurance: "),
                  "CMVP #9999: not known to kif", std::string(k_name_identifies_none), std::string(k_caveat_stays)));
  EXPECT_THAT(describe_claim("built by us", shipped(), today), IsEmpty());
  const auto json = claim_json("#4985 or #9999", shipped(), today);
  EXPECT_EQ(json[0]["is_known"], true);
  EXPECT_EQ(json[0]["holder"], "the OpenSSL project");
  EXPECT_EQ(json[1].dump(), R"({"is_known":false,"program":"CMVP","number":"9999"})");
}

// An old layer's claim is looked at with today's knowledge, so it may be long and hostile.
TEST(ModuleClaim, ALongTextIsReadInOneGo) {
  std::string text;
  while (text.size() < 100'000)
    text += "E1 #12 certificate CMVP\x1b- ";
  EXPECT_LE(named(text).size(), 16U);
}

} // namespace
} // namespace kif::verify
