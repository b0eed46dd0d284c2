// SPDX-License-Identifier: Apache-2.0
#include "verify/render_findings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kif::verify {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

// "could-not-check" is wider than a column should be.
std::string_view short_word(Outcome outcome) noexcept {
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

} // namespace

Mark mark_of(Outcome outcome) noexcept {
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

std::string unmarked(Mark /*mark*/, std::string_view text) {
  return std::string(text);
}

std::string render_findings(const std::vector<Finding>& findings, const Headings& headings,
                            bool (*shows_evidence)(const Finding&), const Marker& marker) {
  std::size_t id_width = 0;
  for (const Finding& finding : findings)
    id_width = std::max(id_width, finding.id.size());
  const std::array<std::pair<Kind, std::string_view>, 3> sections = {
      {{Kind::measured, headings.measured}, {Kind::verified, headings.verified}, {Kind::claimed, headings.claimed}}};
  std::string all;
  for (const auto& [kind, heading] : sections) {
    std::string text;
    for (const Finding& finding : findings) {
      if (finding.kind != kind)
        continue;
      text += "  " + marker(mark_of(finding.outcome), padded(short_word(finding.outcome), 7)) + "  " +
              padded(finding.id, id_width) + "  " + finding.title + "\n";
      if (shows_evidence(finding))
        for (const std::string& line : finding.evidence)
          text += std::string(11, ' ') + marker(Mark::faint, line) + "\n";
    }
    if (!text.empty())
      all += marker(Mark::heading, heading) + "\n" + text + "\n";
  }
  return all;
}

} // namespace kif::verify
