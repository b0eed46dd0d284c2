// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "verify/report.h"

namespace kif::verify {
namespace {

constexpr Headings k_headings = {.measured = "measured: kif ran the image and saw it",
                                 .verified = "verified: a digest was checked",
                                 .claimed = "claimed: somebody says so"};

// A step of the probe that passed under denial says all in its title; what a trace, a control or a claim rests on is
// its evidence.
bool shows_evidence(const Finding& finding) {
  return finding.outcome != Outcome::pass || finding.kind != Kind::measured || !finding.id.starts_with("LIVE-DENY-");
}

// What LIVE-TRACE-GETRANDOM does not count. Its own evidence names what it does.
std::string render_excused(const Report& report, const Marker& marker) {
  std::map<std::string, std::uint64_t> counts;
  for (const CallSummary& call : report.calls)
    if (!call.is_security_use())
      counts["getrandom " + std::to_string(call.bytes) + " bytes, flags " + watch::getrandom_flags(call.flags) + ": " +
             call.reason] += call.count;
  std::string text;
  for (const auto& [what, count] : counts)
    text += "  " + std::to_string(count) + (count == 1 ? " time  " : " times  ") + what + "\n";
  return text.empty()
             ? text
             : marker(Mark::heading, "asked of the kernel in the traced runs, no security use") + "\n" + text + "\n";
}

} // namespace

std::string render(const Report& report, const Marker& marker) {
  std::string text = marker(Mark::heading, report.image) + "  " + report.platform;
  if (!report.manifest_digest.empty())
    text += "  " + report.manifest_digest;
  text += "\nstarted through " + report.started_through + "\n\n";
  text += render_findings(report.findings, k_headings, shows_evidence, marker);
  text += render_excused(report, marker);
  for (const std::string& note : report.notes)
    text += "note: " + note + "\n";
  const Outcome outcome = report.verdict();
  return text + "verdict: " + marker(mark_of(outcome), to_string(outcome)) + "\n";
}

std::string render(const Report& report) {
  return render(report, unmarked);
}

} // namespace kif::verify
