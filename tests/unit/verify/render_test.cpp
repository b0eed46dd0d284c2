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
  of(results.probe, ProbeMode::trace).result.trace.events.push_back(sample_event(48, 0, false));
  of(results.probe, ProbeMode::deny_eperm).output.steps[3] = {"refuse-md5", Outcome::fail, "MD5 works"};
  results.openssl.clear();
  results.openssl_jobs.clear();
  Report report{.image = "oci:images:app",
                .manifest_digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111",
                .platform = "linux/amd64",
                .started_through = "kif-init",
                .findings = live_findings(results),
                .calls = live_calls(results),
                .runs = {{"probe", "deny ENOSYS", std::chrono::milliseconds(812)}},
                .workload = {.not_run = {},
                             .arguments = {"/usr/lib/kif/kif-init", "--", "/bin/app"},
                             .runs = {{.mode = "trace",
                                       .ended = "stopped",
                                       .exit_code = 143,
                                       .duration = std::chrono::milliseconds(10'000),
                                       .ready = true,
                                       .exercises = {{"curl", {}, 0, "hello\n"}}},
                                      {.mode = "deny EPERM", .ended = "not-started"}}},
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
  const std::string text = render(sample_report()).plain();
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/report.txt", text));
}

TEST(RenderTest, TheJsonIsTheGoldenOne) {
  const std::string text = to_json(sample_report()).dump(2) + "\n";
  EXPECT_EQ(text, golden(KIF_GOLDEN_DIR "/report.json", text));
}

TEST(RenderTest, TheVerdictSaysHowMuchIsNotApproved) {
  Report report = sample_report();
  const auto last_line = [&] {
    const std::string text = render(report).plain();
    return text.substr(text.rfind("verdict: "));
  };
  EXPECT_EQ(last_line(), "verdict: fail\n");
  report.findings.erase(report.findings.begin(), report.findings.end() - 2);
  EXPECT_EQ(last_line(), "verdict: pass\n");
  report.compat = {"sha1-signatures"};
  EXPECT_EQ(last_line(), "verdict: pass, with 1 feature not approved, by choice\n");
  report.compat.emplace_back("tls12-without-ems");
  EXPECT_EQ(last_line(), "verdict: pass, with 2 features not approved, by choice\n");
  EXPECT_EQ(to_json(report)["compat"].dump(), R"(["sha1-signatures","tls12-without-ems"])");
  EXPECT_EQ(to_json(report)["verdict"], "pass");
}

TEST(RenderTest, TheFirstLineSaysThatTheProgramWasNotRun) {
  Report report = sample_report();
  report.workload.not_run = "it was not wanted (--probe-only)";
  const std::string text = render(report).plain();
  EXPECT_TRUE(text.starts_with("the image's own program was not run: it was not wanted (--probe-only)\n"));
  EXPECT_TRUE(text.ends_with("verdict: fail, and the image's own program was not run\n"));
  EXPECT_EQ(to_json(report)["workload"].dump(), R"x({"not_run":"it was not wanted (--probe-only)"})x");
}

TEST(RenderTest, MarksAreAroundWordsAndNowhereElse) {
  const std::string marked = render(sample_report()).coloured();
  EXPECT_NE(marked.find("  \x1b[31mFAIL\x1b[0m     LIVE-DENY-REFUSE-MD5"), std::string::npos) << marked;
  EXPECT_NE(marked.find("verdict: \x1b[31mfail\x1b[0m\n"), std::string::npos);
}

} // namespace
} // namespace kif::verify
