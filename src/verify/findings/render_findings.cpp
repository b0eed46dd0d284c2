// SPDX-License-Identifier: Apache-2.0
#include "verify/findings/render_findings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kif::verify {
namespace {

using text::foreign;
using text::Mark;
using text::own;

// "could-not-check" is wider than a column should be.
text::Words short_word(Outcome outcome) noexcept {
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
    return Mark::good;
  case Outcome::fail:
    return Mark::bad;
  case Outcome::could_not_check:
    return Mark::warning;
  }
  return Mark::warning;
}

text::Page render_findings(const std::vector<Finding>& findings, const Headings& headings,
                           bool (*shows_evidence)(const Finding&)) {
  std::size_t id_width = 0; // the same in all sections
  for (const Finding& finding : findings)
    id_width = std::max(id_width, text::width(finding.id));
  const std::array<std::pair<Kind, text::Words>, 3> sections = {
      {{Kind::measured, headings.measured}, {Kind::verified, headings.verified}, {Kind::claimed, headings.claimed}}};
  text::Page page;
  for (const auto& [kind, heading] : sections) {
    text::Table table("  ", {{.least_width = 7}, {.least_width = id_width}, {}});
    for (const Finding& finding : findings) {
      if (finding.kind != kind)
        continue;
      table.row(
          {own(short_word(finding.outcome), mark_of(finding.outcome)), foreign(finding.id), foreign(finding.title)});
      if (shows_evidence(finding))
        for (const std::string& line : finding.evidence)
          table.between({own("           "), foreign(line, Mark::faint)});
    }
    if (table.empty())
      continue;
    page.line({own(heading, Mark::heading)});
    page.add(table);
    page.blank();
  }
  return page;
}

} // namespace kif::verify
