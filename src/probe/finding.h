// SPDX-License-Identifier: Apache-2.0
// What kif-probe says: one JSON object per line on stdout, in the order of the steps, the summary last. Schema 1:
//   {"schema":1,"step":"rand-bytes","outcome":"pass","evidence":"32 bytes"}
//   {"schema":1,"step":"summary","outcome":"fail","evidence":"…","passed":23,"failed":1,"could_not_check":0}
// Output without a summary line is of a probe that was killed: nothing may be concluded from it.
#pragma once

#include <string>
#include <string_view>

namespace kif::probe {

enum class StepOutcome {
  pass,
  fail,            ///< what must hold does not
  could_not_check, ///< something that this step stands on does not hold, so that neither pass nor fail would be true
};

std::string_view to_string(StepOutcome outcome) noexcept;

/// How a step ended. The evidence is one sentence or a list of values: what was seen, with the library's own words.
struct Finding {
  StepOutcome outcome = StepOutcome::could_not_check;
  std::string evidence;

  bool passed() const noexcept { return outcome == StepOutcome::pass; }
};

inline Finding pass(std::string evidence) {
  return {StepOutcome::pass, std::move(evidence)};
}
inline Finding failed(std::string evidence) {
  return {StepOutcome::fail, std::move(evidence)};
}
inline Finding could_not_check(std::string evidence) {
  return {StepOutcome::could_not_check, std::move(evidence)};
}

/// One finding as its line of JSON, newline included.
std::string render(std::string_view step, const Finding& finding);

/// Writes each finding as soon as it is known, and counts.
class Report {
public:
  /// Counts only.
  Report() = default;
  explicit Report(int fd) : m_fd(fd) {}
  void add(std::string_view step, const Finding& finding);
  /// The worst outcome, and the counts as its evidence.
  Finding summary() const;
  /// "refuse-md5, refuse-x25519": the steps that failed.
  const std::string& failed_steps() const noexcept { return m_failed_steps; }
  /// "; refuse-md5: MD5 works" for each step that did not pass.
  const std::string& problems() const noexcept { return m_problems; }
  /// Writes the summary line. True: every step passed, and every line could be written.
  bool finish();

private:
  void write(std::string_view line);

  int m_fd = -1;
  int m_passed = 0;
  int m_failed = 0;
  int m_could_not_check = 0;
  bool m_written = true;
  std::string m_failed_steps;
  std::string m_problems;
};

} // namespace kif::probe
