// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/rule.h"

namespace kif::verify {

bool NamePattern::fits(std::string_view name) const noexcept {
  switch (match) {
  case NameMatch::exact:
    return name == text;
  case NameMatch::contains:
    return name.find(text) != std::string_view::npos;
  case NameMatch::prefix:
    return name.starts_with(text);
  case NameMatch::suffix:
    return name.ends_with(text);
  }
  return false;
}

std::string NamePattern::describe() const {
  switch (match) {
  case NameMatch::exact:
    return text;
  case NameMatch::contains:
    return "any name with " + text + " in it";
  case NameMatch::prefix:
    return "any name that begins with " + text;
  case NameMatch::suffix:
    return "any name that ends in " + text;
  }
  return text;
}

bool is_of(const sbom::Package& package, sbom::Ecosystem ecosystem) noexcept {
  return package.ecosystem == ecosystem ||
         (package.ecosystem == sbom::Ecosystem::other &&
          (package.purl.empty() || package.presence == sbom::Presence::contradictory));
}

} // namespace kif::verify
