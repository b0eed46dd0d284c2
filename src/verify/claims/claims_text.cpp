// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"
#include "verify/claims/claims.h"

namespace kif::verify {
namespace {

constexpr Headings k_headings = {
    .measured = "measured: nothing, by this check",
    .verified = "verified: a key that was given signed it; what it says is its signer's word",
    .claimed = "claimed: somebody says so",
};

bool shows_evidence(const Finding& /*finding*/) {
  return true;
}

// A document's path is no image that could be run.
std::string live_command(const ClaimsReport& report) {
  return "kif verify --live " + (report.platform.empty() ? std::string("IMAGE") : escape_controls(report.image));
}

} // namespace

std::string render(const ClaimsReport& report, const Marker& marker) {
  std::string text = marker(Mark::heading, escape_controls(report.image));
  if (!report.platform.empty())
    text += "  " + escape_controls(report.platform);
  if (!report.manifest_digest.empty())
    text += "  " + report.manifest_digest;
  text += "\n";
  for (const RuleResult& result : report.rules)
    text += "rule " + result.rule.id + ": " + result.rule.title + "\n     source: " + result.rule.source + ", " +
            to_string(result.rule.date) + "\n";
  text += "\n" + render_findings(report.findings, k_headings, shows_evidence, marker);
  const Outcome outcome = report.verdict();
  text += "answer:  " + marker(mark_of(outcome), to_string(report.answer)) + " (" +
          std::string(explain(report.answer)) + ")\n";
  text += "verdict: " + marker(mark_of(outcome), to_string(outcome)) + ", on claims alone\n";
  return text + "An SBOM measures nothing: it is what its maker says. What the image does, " + live_command(report) +
         " shows.\n";
}

} // namespace kif::verify
