// SPDX-License-Identifier: Apache-2.0
// What kif-probe says: one JSON object per line on stdout, in the order of the steps, the summary last. Schema 1:
//   {"schema":1,"step":"rand-bytes","outcome":"pass","evidence":"32 bytes"}
//   {"schema":1,"step":"summary","outcome":"fail","evidence":"…","passed":23,"failed":1,"could_not_check":0}
// Output without a summary line is of a probe that was killed: nothing may be concluded from it.
#pragma once

#include <string>
#include <string_view>

namespace kif::probe {

enum class Outcome {
  pass,
  fail,            ///< what must hold does not
  could_not_check, ///< something that this step stands on does not hold, so that neither pass nor fail would be true
};

std::string_view to_string(Outcome outcome) noexcept;

/// How a step ended. The evidence is one sentence or a list of values: what was seen, with the library's own words.
struct Finding {
  Outcome outcome = Outcome::could_not_check;
  std::string evidence;

  bool passed() const noexcept { return outcome == Outcome::pass; }
};

inline Finding pass(std::string evidence) {
  return {Outcome::pass, std::move(evidence)};
}
inline Finding failed(std::string evidence) {
  return {Outcome::fail, std::move(evidence)};
}
inline Finding could_not_check(std::string evidence) {
  return {Outcome::could_not_check, std::move(evidence)};
}

/// One finding as its line of JSON, newline included.
std::string render(std::string_view step, const Finding& finding);

/// Writes each finding as soon as it is known, and counts.
class Report {
public:
  explicit Report(int fd) : m_fd(fd) {}
  void add(std::string_view step, const Finding& finding);
  /// Writes the summary line. True: every step passed, and every line could be written.
  bool finish();

private:
  void write(std::string_view line);

  int m_fd;
  int m_passed = 0;
  int m_failed = 0;
  int m_could_not_check = 0;
  bool m_written = true;
};

} // namespace kif::probe
