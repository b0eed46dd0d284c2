// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/certificates.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kif::verify {
namespace {

using testing::HasSubstr;

const std::string k_good = R"(schema: kif.certificates/2
certificates:
  - program: CMVP
    number: 4282
    standard: FIPS 140-2
    form: openssl-provider
    holder: a house
    subject: a module
    versions: [3.0.8, 3.0.9]
    sunset: 2026-09-21
    caveat: no-assurance
    interim: no
    source: a page
    date: 2026-01-31
    certainty: nist
    status:
      value: historical
      since: 2026-09-21
      source: another page
      date: 2026-10-01
      certainty: vendor
  - program: ESV
    number: 191
    subject: a source
    source: a page
    date: 2026-01-31
)";

// As files were before they had standards, sunsets and caveats: "standard" was the list.
const std::string k_first = R"(schema: kif.certificates/1
certificates:
  - standard: CMVP
    number: 4282
    holder: a house
    subject: a module
    versions: [3.0.8]
    source: a page
    date: 2026-01-31
    status:
      value: historical
      since: 2026-09-21
      source: another page
      date: 2026-10-01
)";

Date day(const std::string& text) {
  return parse_date(text).value();
}

std::string with(const std::string& line, const std::string& instead) {
  std::string text = k_good;
  return text.replace(text.find(line), line.size(), instead);
}

std::string refusal(const std::string& line, const std::string& instead) {
  const auto certificates = parse_certificates(with(line, instead), "c.yaml");
  return certificates ? "no error" : certificates.error().render("kif");
}

std::string described(const std::string& text, const std::string& today, Program program = Program::cmvp,
                      const std::string& number = "4282") {
  return parse_certificates(text, "c.yaml").value().find(program, number)->describe(day(today));
}

TEST(Certificates, AreFoundByListAndNumber) {
  const Certificates certificates = parse_certificates(k_good, "c.yaml").value();
  ASSERT_NE(certificates.find(Program::cmvp, "4282"), nullptr);
  ASSERT_NE(certificates.find(Program::esv, "191"), nullptr);
  EXPECT_EQ(certificates.find(Program::cmvp, "191"), nullptr);
  EXPECT_EQ(certificates.find(Program::esv, "4282"), nullptr);
  EXPECT_EQ(certificates.find(Program::cmvp, ""), nullptr);
}

TEST(Certificates, SayAllThatAnAuditorAsksAndWhatIsNotKnown) {
  EXPECT_EQ(
      described(k_good, "2026-11-28"),
      "CMVP #4282, a module 3.0.8, 3.0.9; FIPS 140-2; historical since 2026-09-21 (another page, 2026-10-01, the "
      "vendor's word); sunset 2026-09-21, which has passed; holder a house; caveat no-assurance: no assurance of the "
      "minimum strength of generated keys; not interim; by a page, 2026-01-31, NIST's data");
  EXPECT_EQ(described(k_good, "2026-11-28", Program::esv, "191"),
            "ESV E191, a source; standard not known; status not known; sunset not known; holder not known; by a page, "
            "2026-01-31");
  EXPECT_EQ(described(k_first, "2026-11-28"),
            "CMVP #4282, a module 3.0.8; standard not known; historical since 2026-09-21 (another page, 2026-10-01); "
            "sunset not known; holder a house; caveat not known; interim or not is not known; by a page, 2026-01-31");
}

TEST(Certificates, ASunsetIsJudgedOnTheDayOfUse) {
  const std::string active = with("value: historical", "value: active");
  EXPECT_THAT(described(active, "2026-09-20"), HasSubstr("; sunset 2026-09-21; holder"));
  for (const char* later : {"2026-09-21", "2026-09-22", "2030-01-01"})
    EXPECT_THAT(described(active, later),
                HasSubstr("; sunset 2026-09-21, which has passed: it is no longer active, unless "
                          "it was extended since; holder"))
        << later;
  const Certificates certificates = parse_certificates(active, "c.yaml").value();
  EXPECT_EQ(to_json(*certificates.find(Program::cmvp, "4282"), day("2026-09-20"))["sunset_has_passed"], false);
  EXPECT_EQ(to_json(*certificates.find(Program::cmvp, "4282"), day("2026-09-21"))["sunset_has_passed"], true);
  EXPECT_TRUE(to_json(*certificates.find(Program::esv, "191"), day("2026-09-21"))["sunset_has_passed"].is_null());
}

TEST(Certificates, EachCaveatAndInterimHasItsWords) {
  const auto caveat = [](const std::string& name) {
    return described(with("caveat: no-assurance", "caveat: " + name), "2026-11-28");
  };
  EXPECT_THAT(caveat("externally-loaded-only"), HasSubstr("no assurance of what is loaded from outside, and no more"));
  EXPECT_THAT(caveat("modified-by-available-entropy"), HasSubstr("are modified by available entropy"));
  EXPECT_THAT(caveat("none-on-entropy"), HasSubstr("caveat none-on-entropy: nothing on entropy"));
  EXPECT_THAT(described(with("interim: no", "interim: yes"), "2026-11-28"), HasSubstr("; interim; by "));
  EXPECT_THAT(described(with("    interim: no\n", ""), "2026-11-28"), HasSubstr("; interim or not is not known; by "));
}

TEST(Certificates, APendingModuleHasNoNumberAndNoCertificate) {
  std::string text = with("    number: 4282\n", "");
  text = text.replace(text.find("value: historical"), 17, "value: pending\n      phase: Pending Review");
  const Certificates certificates = parse_certificates(text, "c.yaml").value();
  EXPECT_THAT(
      certificates.all()[0].describe(day("2026-11-28")),
      HasSubstr("CMVP, no number, a module 3.0.8, 3.0.9; FIPS 140-2; pending, Pending Review, since 2026-09-21: "
                "submitted, and no certificate ("));
}

TEST(Certificates, AsJsonWhatIsNotKnownIsNull) {
  const Certificates certificates = parse_certificates(k_good, "c.yaml").value();
  const auto known = to_json(*certificates.find(Program::cmvp, "4282"), day("2026-11-28"));
  EXPECT_EQ(known["standard"], "FIPS 140-2");
  EXPECT_EQ(known["caveat"], "no-assurance");
  EXPECT_EQ(known["interim"], false);
  EXPECT_EQ(known["certainty"], "nist");
  EXPECT_EQ(known["status"]["value"], "historical");
  EXPECT_EQ(known["status"]["certainty"], "vendor");
  const auto unknown = to_json(*certificates.find(Program::esv, "191"), day("2026-11-28"));
  for (const char* key : {"standard", "form", "holder", "status", "sunset", "caveat", "interim", "certainty"})
    EXPECT_TRUE(unknown[key].is_null()) << key;
}

// Who named a number in public, so that anybody can look it up: see the sources in the file itself.
TEST(Certificates, TheShippedOnesAreThoseOfTheField) {
  const Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  for (const char* number : {"4282", "4985", "5102", "5132", "5523", "4856", "5177", "5142", "5040", "4912",
                             "5096", "5115", "4746", "4857", "5021", "5242", "5116", "4631", "4816", "5429",
                             "5146", "5298", "5314", "5104", "4743", "4943", "5247", "4718", "5041"})
    EXPECT_NE(certificates.find(Program::cmvp, number), nullptr) << number;
  for (const char* number : {"77", "191", "200", "241", "266", "280", "318"})
    EXPECT_NE(certificates.find(Program::esv, number), nullptr) << number;
  std::set<std::string> pending;
  for (const Certificate& certificate : certificates.all())
    if (certificate.number.empty())
      pending.insert(certificate.subject);
  EXPECT_EQ(pending.count("OpenSSL FIPS Provider 3.5"), 1U);
  EXPECT_EQ(pending.count("Go Cryptographic Module v1.26.0"), 1U);
}

TEST(Certificates, TheShippedOnesNameTheirSourcesAndTheirCertainty) {
  const Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  const auto is_public = testing::ContainsRegex("[a-z]\\.(com|dev|org|gov|io)/");
  for (const Certificate& certificate : certificates.all()) {
    EXPECT_THAT(certificate.origin.source, is_public) << certificate.title();
    EXPECT_TRUE(certificate.origin.certainty) << certificate.title();
    EXPECT_TRUE(certificate.program == Program::esv || certificate.form) << certificate.title();
    EXPECT_FALSE(certificate.number.empty() && !certificate.status) << certificate.title();
    if (certificate.status) {
      EXPECT_THAT(certificate.status->origin.source, is_public) << certificate.title();
    }
  }
}

// The whole 140-2 list is historical since that day; a status says so for each, whoever its holder is.
TEST(Certificates, NoShippedOneOf140_2IsActive) {
  const Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  int seen = 0;
  for (const Certificate& certificate : certificates.all())
    if (certificate.standard == "FIPS 140-2") {
      ++seen;
      ASSERT_TRUE(certificate.status) << certificate.title();
      EXPECT_EQ(to_string(certificate.status->value), "historical") << certificate.title();
      EXPECT_EQ(to_string(*certificate.status->since), "2026-09-21") << certificate.title();
    }
  EXPECT_EQ(seen, 2); // OpenSSL's #4282 and Chainguard's #4856
}

TEST(Certificates, EachMistakeIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("program: CMVP", "program: FIPS"),
            "kif: error: cannot read c.yaml:3:14: unknown program\n  expected: CMVP or ESV\n  got:      FIPS\n");
  EXPECT_EQ(refusal("  - program: CMVP\n    number", "  - number"),
            "kif: error: cannot read c.yaml:3:5: a certificate needs the key \"program\"\n");
  EXPECT_EQ(refusal("standard: FIPS 140-2", "standard: CMVP"),
            "kif: error: cannot read c.yaml:5:15: unknown standard\n  expected: FIPS 140-2 or FIPS 140-3\n"
            "  got:      CMVP\n");
  EXPECT_EQ(refusal("number: 191", "number: 191\n    standard: FIPS 140-3"),
            "kif: error: cannot read c.yaml:24:15: unknown standard\n  expected: SP 800-90B\n  got:      FIPS 140-3\n");
  EXPECT_EQ(refusal("form: openssl-provider", "form: rust"),
            "kif: error: cannot read c.yaml:6:11: unknown form\n"
            "  expected: openssl-provider, library, java or go\n  got:      rust\n");
  EXPECT_EQ(
      refusal("caveat: no-assurance", "caveat: fine"),
      "kif: error: cannot read c.yaml:11:13: unknown caveat\n  expected: none-on-entropy, externally-loaded-only, "
      "modified-by-available-entropy or no-assurance\n  got:      fine\n");
  EXPECT_EQ(refusal("interim: no", "interim: maybe"),
            "kif: error: cannot read c.yaml:12:14: \"interim\" is neither\n  expected: yes or no\n  got:      maybe\n");
  EXPECT_EQ(refusal("certainty: nist", "certainty: sure"),
            "kif: error: cannot read c.yaml:15:16: unknown certainty\n"
            "  expected: nist, several, vendor or one-source\n  got:      sure\n");
  EXPECT_EQ(refusal("number: 191", "number: E191"),
            "kif: error: cannot read c.yaml:23:13: \"number\" is not a certificate number\n"
            "  expected: digits, without # or E in front\n  got:      E191\n");
  EXPECT_EQ(refusal("    number: 4282\n", ""), "kif: error: cannot read c.yaml:3:5: a certificate needs the key "
                                               "\"number\"\n");
  EXPECT_EQ(refusal("value: historical", "value: gone"),
            "kif: error: cannot read c.yaml:17:14: unknown status\n"
            "  expected: active, historical, revoked or pending\n  got:      gone\n");
  EXPECT_EQ(refusal("      source: another page\n", ""),
            "kif: error: cannot read c.yaml:17:7: a status needs the key \"source\"\n");
  EXPECT_EQ(refusal("    holder: a house", "    owner: a house"),
            "kif: error: cannot read c.yaml:7:5: unknown key \"owner\" in a certificate\n"
            "  hint: its keys are program, number, standard, form, holder, subject, versions, sunset, caveat, interim, "
            "source, date, certainty, status\n");
  EXPECT_EQ(refusal("program: ESV\n    number: 191", "program: CMVP\n    number: 4282"),
            "kif: error: cannot read c.yaml:22:5: CMVP #4282 appears twice\n");
  EXPECT_EQ(refusal("since: 2026-09-21", "since: soon"),
            "kif: error: cannot read c.yaml:18:14: \"since\" is not a date\n"
            "  expected: year-month-day, such as 2024-11-07\n  got:      \"soon\"\n");
  EXPECT_EQ(parse_certificates("schema: kif.certificates/2\n", "c.yaml").error().message,
            "cannot read c.yaml:1:1: a certificates file needs the key \"certificates\"");
  EXPECT_EQ(refusal("certificates/2", "certificates/3"),
            "kif: error: cannot read c.yaml:1:9: unknown schema\n  expected: kif.certificates/2\n"
            "  got:      kif.certificates/3\n");
}

} // namespace
} // namespace kif::verify
