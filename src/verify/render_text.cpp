// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "verify/report.h"

namespace kif::verify {
namespace {

struct Section {
  Kind kind;
  std::string_view heading;
};
constexpr std::array<Section, 3> k_sections = {{{Kind::measured, "measured: kif ran the image and saw it"},
                                                {Kind::verified, "verified: a digest was checked"},
                                                {Kind::claimed, "claimed: somebody says so"}}};

Mark mark_of(Outcome outcome) {
  switch (outcome) {
  case Outcome::pass:
    return Mark::pass;
  case Outcome::fail:
    return Mark::fail;
  case Outcome::could_not_check:
    return Mark::could_not_check;
  }
  return Mark::could_not_check;
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

// "could-not-check" is wider than a column should be.
std::string_view short_word(Outcome outcome) {
  switch (outcome) {
  case Outcome::pass:
    return "pass";
  case Outcome::fail:
    return "FAIL";
  case Outcome::could_not_check:
    return "unknown";
  }
  return "unknown";
}

// A step of the probe that passed under denial says all in its title; what a trace, a control or a claim rests on is
// its evidence.
bool shows_evidence(const Finding& finding) {
  return finding.outcome != Outcome::pass || finding.kind != Kind::measured || !finding.id.starts_with("LIVE-DENY-");
}

std::string render_findings(const Report& report, const Section& section, std::size_t id_width, const Marker& marker) {
  std::string text;
  for (const Finding& finding : report.findings) {
    if (finding.kind != section.kind)
      continue;
    text += "  " + marker(mark_of(finding.outcome), padded(short_word(finding.outcome), 7)) + "  " +
            padded(finding.id, id_width) + "  " + finding.title + "\n";
    if (shows_evidence(finding))
      for (const std::string& line : finding.evidence)
        text += std::string(11, ' ') + marker(Mark::faint, line) + "\n";
  }
  return text.empty() ? text : marker(Mark::heading, section.heading) + "\n" + text + "\n";
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

  std::size_t id_width = 0;
  for (const Finding& finding : report.findings)
    id_width = std::max(id_width, finding.id.size());
  for (const Section& section : k_sections)
    text += render_findings(report, section, id_width, marker);
  text += render_excused(report, marker);
  for (const std::string& note : report.notes)
    text += "note: " + note + "\n";
  const Outcome outcome = report.verdict();
  return text + "verdict: " + marker(mark_of(outcome), to_string(outcome)) + "\n";
}

std::string render(const Report& report) {
  return render(report, [](Mark, std::string_view text) { return std::string(text); });
}

} // namespace kif::verify
