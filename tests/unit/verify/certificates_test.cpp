// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/certificates.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::verify {
namespace {

const std::string k_good = R"(schema: kif.certificates/1
certificates:
  - standard: CMVP
    number: 4282
    holder: a house
    subject: a module
    versions: [3.0.8, 3.0.9]
    source: a page
    date: 2026-01-31
    status:
      value: historical
      since: 2026-09-21
      source: another page
      date: 2026-10-01
  - standard: ESV
    number: 191
    subject: a source
    source: a page
    date: 2026-01-31
)";

std::string refusal(const std::string& line, const std::string& instead) {
  std::string text = k_good;
  text.replace(text.find(line), line.size(), instead);
  const auto certificates = parse_certificates(text, "c.yaml");
  return certificates ? "no error" : certificates.error().render("kif");
}

TEST(Certificates, AreFoundByStandardAndNumber) {
  const Certificates certificates = parse_certificates(k_good, "c.yaml").value();
  ASSERT_NE(certificates.find(Standard::cmvp, "4282"), nullptr);
  EXPECT_EQ(
      certificates.find(Standard::cmvp, "4282")->describe(),
      "CMVP #4282, a module 3.0.8, 3.0.9; holder a house; historical since 2026-09-21 (another page, 2026-10-01)");
  ASSERT_NE(certificates.find(Standard::esv, "191"), nullptr);
  EXPECT_EQ(certificates.find(Standard::esv, "191")->describe(),
            "ESV E191, a source; its holder is not recorded; nothing is recorded of its status");
  EXPECT_EQ(certificates.find(Standard::cmvp, "191"), nullptr);
  EXPECT_EQ(certificates.find(Standard::esv, "4282"), nullptr);
}

TEST(Certificates, TheShippedOnesNameTheirSources) {
  const Certificates certificates = read_certificates(std::string(KIF_DATA_DIR) + "/certificates.yaml").value();
  for (const char* number : {"4282", "4985", "5102", "5132", "5523"})
    EXPECT_NE(certificates.find(Standard::cmvp, number), nullptr) << number;
  EXPECT_NE(certificates.find(Standard::esv, "191"), nullptr);
  for (const Certificate& certificate : certificates.all()) { // one that anybody can look up
    EXPECT_THAT(certificate.source, testing::ContainsRegex("[a-z]\\.(com|dev|org)/")) << certificate.name();
    if (certificate.status) {
      EXPECT_THAT(certificate.status->source, testing::ContainsRegex("[a-z]\\.(com|dev|org)/")) << certificate.name();
    }
  }
}

TEST(Certificates, EachMistakeIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("standard: CMVP", "standard: FIPS"),
            "kif: error: cannot read c.yaml:3:15: unknown standard\n  expected: CMVP or ESV\n  got:      FIPS\n");
  EXPECT_EQ(refusal("number: 191", "number: E191"),
            "kif: error: cannot read c.yaml:16:13: \"number\" is no certificate number\n"
            "  expected: digits, without # or E in front\n  got:      E191\n");
  EXPECT_EQ(refusal("value: historical", "value: gone"),
            "kif: error: cannot read c.yaml:11:14: unknown status\n"
            "  expected: active, historical or revoked\n  got:      gone\n");
  EXPECT_EQ(refusal("      source: another page\n", ""),
            "kif: error: cannot read c.yaml:11:7: a status needs the key \"source\"\n");
  EXPECT_EQ(refusal("    holder: a house", "    owner: a house"),
            "kif: error: cannot read c.yaml:5:5: unknown key \"owner\" in a certificate\n"
            "  hint: its keys are standard, number, holder, subject, versions, source, date, status\n");
  EXPECT_EQ(refusal("standard: ESV\n    number: 191", "standard: CMVP\n    number: 4282"),
            "kif: error: cannot read c.yaml:15:5: CMVP #4282 stands twice\n");
  EXPECT_EQ(refusal("since: 2026-09-21", "since: soon"),
            "kif: error: cannot read c.yaml:12:14: \"since\" is no date\n"
            "  expected: year-month-day, such as 2024-11-07\n  got:      \"soon\"\n");
  EXPECT_EQ(parse_certificates("schema: kif.certificates/1\n", "c.yaml").error().message,
            "cannot read c.yaml:1:1: a certificates file needs the key \"certificates\"");
}

} // namespace
} // namespace kif::verify
