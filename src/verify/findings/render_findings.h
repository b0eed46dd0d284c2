// SPDX-License-Identifier: Apache-2.0
// Findings as text for people, the same in every kind of report.
#pragma once

#include <string_view>
#include <vector>

#include "text/page.h"
#include "verify/findings/finding.h"

namespace kif::verify {

text::Mark mark_of(Outcome outcome) noexcept;

/// What is written above the findings of each kind.
struct Headings {
  text::Words measured;
  text::Words verified;
  text::Words claimed;
};

/// The findings by kind, aligned, each with its evidence below it if `shows_evidence` says so. An empty line ends each
/// kind; one without findings is left out.
text::Page render_findings(const std::vector<Finding>& findings, const Headings& headings,
                           bool (*shows_evidence)(const Finding&));

} // namespace kif::verify
