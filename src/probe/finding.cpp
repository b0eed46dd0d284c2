// SPDX-License-Identifier: Apache-2.0
#include "probe/finding.h"

#include <span>

#include "base/file.h"
#include "base/json_text.h"

namespace kif::probe {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
  case Outcome::pass:
    return "pass";
  case Outcome::fail:
    return "fail";
  case Outcome::could_not_check:
    return "could-not-check";
  }
  return "could-not-check";
}

namespace {

std::string head(std::string_view step, const Finding& finding) {
  return R"({"schema":1,"step":)" + json_string(step) + R"(,"outcome":)" + json_string(to_string(finding.outcome)) +
         R"(,"evidence":)" + json_string(finding.evidence);
}

} // namespace

std::string render(std::string_view step, const Finding& finding) {
  return head(step, finding) + "}\n";
}

void Report::add(std::string_view step, const Finding& finding) {
  switch (finding.outcome) {
  case Outcome::pass:
    ++m_passed;
    break;
  case Outcome::fail:
    ++m_failed;
    break;
  case Outcome::could_not_check:
    ++m_could_not_check;
    break;
  }
  write(render(step, finding));
}

bool Report::finish() {
  const std::string passed = std::to_string(m_passed);
  const std::string failures = std::to_string(m_failed);
  const std::string unchecked = std::to_string(m_could_not_check);
  const Outcome outcome = m_failed > 0            ? Outcome::fail
                          : m_could_not_check > 0 ? Outcome::could_not_check
                                                  : Outcome::pass;
  const Finding summary{outcome,
                        passed + " steps passed, " + failures + " failed, " + unchecked + " could not be checked"};
  write(head("summary", summary) + R"(,"passed":)" + passed + R"(,"failed":)" + failures + R"(,"could_not_check":)" +
        unchecked + "}\n");
  return outcome == Outcome::pass && m_written;
}

void Report::write(std::string_view line) {
  if (!write_all(m_fd, std::as_bytes(std::span(line)), "standard output"))
    m_written = false;
}

} // namespace kif::probe
