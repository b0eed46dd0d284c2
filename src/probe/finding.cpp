// SPDX-License-Identifier: Apache-2.0
#include "probe/finding.h"

#include <span>

#include "base/file.h"
#include "text/json_string.h"

namespace kif::probe {

using text::json_string;

std::string_view to_string(StepOutcome outcome) noexcept {
  switch (outcome) {
  case StepOutcome::pass:
    return "pass";
  case StepOutcome::fail:
    return "fail";
  case StepOutcome::could_not_check:
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
  case StepOutcome::pass:
    ++m_passed;
    break;
  case StepOutcome::fail:
    ++m_failed;
    m_failed_steps += (m_failed_steps.empty() ? "" : ", ") + std::string(step);
    break;
  case StepOutcome::could_not_check:
    ++m_could_not_check;
    break;
  }
  if (!finding.passed())
    m_problems += "; " + std::string(step) + ": " + finding.evidence;
  write(render(step, finding));
}

Finding Report::summary() const {
  const StepOutcome outcome = m_failed > 0            ? StepOutcome::fail
                              : m_could_not_check > 0 ? StepOutcome::could_not_check
                                                      : StepOutcome::pass;
  return {outcome, std::to_string(m_passed) + " steps passed, " + std::to_string(m_failed) + " failed, " +
                       std::to_string(m_could_not_check) + " could not be checked"};
}

bool Report::finish() {
  const Finding sum = summary();
  write(head("summary", sum) + R"(,"passed":)" + std::to_string(m_passed) + R"(,"failed":)" + std::to_string(m_failed) +
        R"(,"could_not_check":)" + std::to_string(m_could_not_check) + "}\n");
  return sum.passed() && m_written;
}

void Report::write(std::string_view line) {
  if (m_fd < 0)
    return;
  if (!write_all(m_fd, std::as_bytes(std::span(line)), "standard output"))
    m_written = false;
}

} // namespace kif::probe
