// SPDX-License-Identifier: Apache-2.0
#include "verify/findings/finding.h"

#include <algorithm>

namespace kif::verify {

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

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
  case Kind::measured:
    return "measured";
  case Kind::verified:
    return "verified";
  case Kind::claimed:
    return "claimed";
  }
  return "claimed";
}

Outcome verdict(const std::vector<Finding>& findings) noexcept {
  if (std::ranges::any_of(findings, [](const Finding& finding) { return finding.outcome == Outcome::fail; }))
    return Outcome::fail;
  bool answered = false;
  for (const Finding& finding : findings) {
    if (finding.kind == Kind::claimed || !finding.essential)
      continue;
    if (finding.outcome == Outcome::could_not_check)
      return Outcome::could_not_check;
    answered = true;
  }
  return answered ? Outcome::pass : Outcome::could_not_check;
}

} // namespace kif::verify
