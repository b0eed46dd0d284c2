// SPDX-License-Identifier: Apache-2.0
// What an SBOM's claims come to. Scripts tell the answers apart by name, and by exit code good, bad and nothing to
// judge.
#pragma once

#include <string_view>

#include "verify/findings/finding.h"

namespace kif::verify {

enum class Answer {
  met,                   ///< every rule is met, by an SBOM that a key that was given signed
  met_by_unchecked_sbom, ///< the same, by an SBOM with a signature that no key was given for: anybody can write one
  met_by_unsigned_sbom,  ///< the same, by an SBOM that nobody signed
  excluded,              ///< a package that the rule leaves out
  missing,               ///< a required package is not listed
  too_old,               ///< a required package is older than the rule asks
  invalid_version,       ///< a required package's version is none, so that it has no place in an order
  refused_sbom,          ///< an SBOM was there and is broken, speaks of another image, or is not signed by a key given
  could_not_look,        ///< a place that may hold an SBOM could not be asked, and no signed one was found elsewhere
  unread_sbom,       ///< what was read meets every rule, but none of it is signed by a key given, and an SBOM is unread
  kif_layer,         ///< no package of the rule's kind is there; the FIPS layer is kif's, which is no package
  built_before_rule, ///< the image is older than what the rule speaks of
  unsigned_sbom,     ///< a signed SBOM was asked for (--key), and there is none
  index_only,        ///< the SBOM lists an index's images and no packages
  empty_sbom,        ///< the SBOM lists no packages
  no_sbom,           ///< there is none
};

/// "met-by-unsigned-sbom": stable.
std::string_view to_string(Answer answer) noexcept;
/// One clause for people.
std::string_view explain(Answer answer) noexcept;
/// pass where the rule is met, fail where it is missed or what was there is bad, could_not_check where there is nothing
/// to judge.
Outcome outcome_of(Answer answer) noexcept;

} // namespace kif::verify
