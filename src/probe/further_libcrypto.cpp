// SPDX-License-Identifier: Apache-2.0
#include "probe/further_libcrypto.h"

#include "probe/child_answer.h"

namespace kif::probe {
namespace {

// The first character of what the child says.
constexpr char k_passed = 'p';
constexpr char k_failed = 'f';
constexpr char k_not_checked = 'n';

std::string run_in_child(const Libcrypto& crypto, Steps steps) {
  Report report;
  steps(report, crypto);
  const Finding sum = report.summary();
  std::string answer(1, sum.passed() ? k_passed : sum.outcome == StepOutcome::fail ? k_failed : k_not_checked);
  answer += sum.evidence;
  if (!report.failed_steps().empty()) // ahead of all that the library says: the verdict reads it
    answer += "; failed: " + report.failed_steps();
  return answer + "; " + crypto.OpenSSL_version(OPENSSL_VERSION) + report.problems();
}

} // namespace

Finding check_further_libcrypto(const Libcrypto& crypto, Steps steps) {
  const auto answer = ask_child([&] { return run_in_child(crypto, steps); });
  if (!answer)
    return could_not_check(answer.error().message);
  if (answer->text.empty() || answer->status != 0)
    return failed("the steps under " + crypto.file() + " ended without an answer, wait status " +
                  std::to_string(answer->status));
  std::string evidence = answer->text.substr(1);
  switch (answer->text.front()) {
  case k_passed:
    return pass(std::move(evidence));
  case k_failed:
    return failed(std::move(evidence));
  default:
    return could_not_check(std::move(evidence));
  }
}

} // namespace kif::probe
