// SPDX-License-Identifier: Apache-2.0
// Findings as text for people, the same in every kind of report.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/finding.h"

namespace kif::verify {

/// How a word is marked for a reader with a terminal; the word stands for itself without.
enum class Mark { pass, fail, could_not_check, heading, faint };
using Marker = std::function<std::string(Mark, std::string_view)>;

Mark mark_of(Outcome outcome) noexcept;
/// Leaves every word as it is.
std::string unmarked(Mark mark, std::string_view text);

/// What stands above the findings of each kind.
struct Headings {
  std::string_view measured;
  std::string_view verified;
  std::string_view claimed;
};

/// The findings by kind, aligned, each with its evidence below where `shows_evidence` says so. An empty line ends each
/// kind; one without findings is left out.
std::string render_findings(const std::vector<Finding>& findings, const Headings& headings,
                            bool (*shows_evidence)(const Finding&), const Marker& marker);

} // namespace kif::verify
