// SPDX-License-Identifier: Apache-2.0
// The lines of kif-probe. They come out of a container, so whatever runs there may have written them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/findings/finding.h"

namespace kif::verify {

struct ProbeStep {
  std::string name;
  Outcome outcome = Outcome::could_not_check;
  std::string evidence;
};

struct ProbeOutput {
  std::vector<ProbeStep> steps;
  bool complete = false; ///< the summary came last, and its counts are those of the steps: nothing is missing
  std::string defect;    ///< empty, or the first line that is not as it must be

  const ProbeStep* find(std::string_view name) const noexcept;
};

/// Reads at most `k_max_steps` lines of {"schema":1,"step":…,"outcome":…,"evidence":…}. A step's name is lower-case
/// letters, digits, dots and dashes; evidence becomes one line and is cut at `k_max_evidence_bytes`. A
/// line that does not fit ends the reading, and the output is not complete. A step that is named twice is a defect too.
inline constexpr std::size_t k_max_steps = 200;
inline constexpr std::size_t k_max_evidence_bytes = 2000;
ProbeOutput parse_probe_output(std::string_view text);

/// The Java probe's own lines of its standard output, to which a JVM may write, too (-Xlog:gc).
std::string lines_of_java_probe(std::string_view output);

/// `text` with one space for each gap between its words, ends of lines among them, and cut after `max_bytes`.
std::string in_one_line(std::string_view text, std::size_t max_bytes = k_max_evidence_bytes);

} // namespace kif::verify
