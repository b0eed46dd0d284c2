// SPDX-License-Identifier: Apache-2.0
#include "verify/report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "golden.h"
#include "samples.h"

namespace kif::verify {
namespace {

Report sample_report() {
  LiveResults results = good_results();
  of(results.probe, Way::trace).result.trace.events.push_back(sample_event(48, 0, false));
  of(results.probe, Way::deny_eperm).output.steps[3] = {"refuse-md5", Outcome::fail, "MD5 works"};
  results.openssl.clear();
  results.openssl_jobs.clear();
  Report report{.image = "oci:images:app",
                .manifest_digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111",
                .platform = "linux/amd64",
                .started_through = "kif-init",
                .findings = live_findings(results),
                .calls = live_calls(results),
                .runs = {{"probe", "deny ENOSYS", std::chrono::milliseconds(812)}},
                .notes = {"unpacked without root: every file belongs to the user who runs kif"}};
  report.findings.push_back({.id = "LIVE-IMAGE-DIGESTS",
                             .title = "every blob of the image is what its digest says",
                             .outcome = Outcome::pass,
                             .kind = Kind::verified,
                             .evidence = {"sha256:1111, 2 layers"}});
  report.findings.push_back({.id = "LIVE-LAYER-CLAIMS",
                             .title = "what the FIPS layer says it is made of",
                             .outcome = Outcome::pass,
                             .kind = Kind::claimed,
                             .evidence = {"module 3.5.9, sha256:22"},
                             .essential = false});
  return report;
}

TEST(RenderTest, TheTextIsTheGoldenOne) {
  const std::string text = render(sample_report());
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/report.txt", text));
}

TEST(RenderTest, TheJsonIsTheGoldenOne) {
  const std::string text = to_json(sample_report()).dump(2) + "\n";
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/report.json", text));
}

TEST(RenderTest, MarksAreAroundWordsAndNowhereElse) {
  const std::string marked =
      render(sample_report(), [](Mark, std::string_view text) { return "<" + std::string(text) + ">"; });
  EXPECT_NE(marked.find("  <FAIL   >  LIVE-DENY-REFUSE-MD5"), std::string::npos) << marked;
  EXPECT_NE(marked.find("verdict: <fail>"), std::string::npos);
}

} // namespace
} // namespace kif::verify
