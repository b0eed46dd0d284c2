// SPDX-License-Identifier: Apache-2.0
// What a verification found, and the verdict that follows from it. docs/verify.md names every id.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kif::verify {

enum class Outcome { pass, fail, could_not_check };
std::string_view to_string(Outcome outcome) noexcept; ///< "pass", "fail", "could-not-check"

/// On what a finding rests. The three are never mixed in one finding, and kept apart in every report.
enum class Kind {
  measured, ///< kif ran it and saw it
  verified, ///< a digest or a signature was checked
  claimed,  ///< somebody says so
};
std::string_view to_string(Kind kind) noexcept;

struct Finding {
  std::string id; ///< stable: scripts rely on it
  std::string title;
  Outcome outcome = Outcome::could_not_check;
  Kind kind = Kind::measured;
  std::vector<std::string> evidence = {}; ///< what was seen, one sentence or list of values each
  bool essential = true;  ///< without an answer there is no verdict. False for what an image need not have: no openssl
                          ///< command, no TLS
  bool by_choice = false; ///< it passes because the image's maker chose what it finds, and the image says so
};

/// fail where any finding fails; else could_not_check where an essential one could not be checked, or there is none at
/// all; else pass. A claim counts only where it fails.
Outcome verdict(const std::vector<Finding>& findings) noexcept;

} // namespace kif::verify
