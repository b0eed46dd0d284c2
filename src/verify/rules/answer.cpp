// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/answer.h"

namespace kif::verify {
namespace {

struct Entry {
  std::string_view name;
  std::string_view meaning;
  Outcome outcome;
};

constexpr Entry entry_of(Answer answer) noexcept {
  switch (answer) {
  case Answer::met:
    return {"met", "every rule is met, by an SBOM whose signature was checked", Outcome::pass};
  case Answer::met_by_unchecked_sbom:
    return {"met-by-unchecked-sbom", "every rule is met, by an SBOM whose signature nobody checked", Outcome::pass};
  case Answer::met_by_unsigned_sbom:
    return {"met-by-unsigned-sbom", "every rule is met, by an SBOM that nobody signed", Outcome::pass};
  case Answer::excluded:
    return {"excluded", "the image has a package that the rule excludes", Outcome::fail};
  case Answer::missing:
    return {"missing", "a required package is not there", Outcome::fail};
  case Answer::too_old:
    return {"too-old", "a required package is older than the rule asks", Outcome::fail};
  case Answer::invalid_version:
    return {"invalid-version", "a required package has a version that is none", Outcome::fail};
  case Answer::refused_sbom:
    return {"refused-sbom", "an SBOM was there and could not be accepted", Outcome::fail};
  case Answer::could_not_look:
    return {"could-not-look", "a place that may hold an SBOM could not be looked at", Outcome::could_not_check};
  case Answer::unread_sbom:
    return {"unread-sbom", "what was read meets every rule, and another SBOM could not be read",
            Outcome::could_not_check};
  case Answer::kif_layer:
    return {"kif-layer", "the image says that its FIPS layer is kif's, which no list of packages names: kif verify --live runs it",
            Outcome::could_not_check};
  case Answer::built_before_rule:
    return {"built-before-rule", "the image is older than what the rule speaks of", Outcome::could_not_check};
  case Answer::unsigned_sbom:
    return {"unsigned-sbom", "a signed SBOM was asked for, and there is none", Outcome::could_not_check};
  case Answer::index_only:
    return {"index-only", "the SBOM lists the images of an index, and no packages", Outcome::could_not_check};
  case Answer::empty_sbom:
    return {"empty-sbom", "the SBOM lists no packages", Outcome::could_not_check};
  case Answer::no_sbom:
    return {"no-sbom", "no SBOM was found", Outcome::could_not_check};
  }
  return {"no-sbom", "no SBOM was found", Outcome::could_not_check};
}

} // namespace

std::string_view to_string(Answer answer) noexcept {
  return entry_of(answer).name;
}

std::string_view explain(Answer answer) noexcept {
  return entry_of(answer).meaning;
}

Outcome outcome_of(Answer answer) noexcept {
  return entry_of(answer).outcome;
}

} // namespace kif::verify
