// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/rule.h"

namespace kif::verify {

bool NamePattern::fits(std::string_view name) const noexcept {
  switch (way) {
  case Way::exact:
    return name == text;
  case Way::contains:
    return name.find(text) != std::string_view::npos;
  case Way::prefix:
    return name.starts_with(text);
  case Way::suffix:
    return name.ends_with(text);
  }
  return false;
}

std::string NamePattern::describe() const {
  switch (way) {
  case Way::exact:
    return text;
  case Way::contains:
    return "any name with " + text + " in it";
  case Way::prefix:
    return "any name that begins with " + text;
  case Way::suffix:
    return "any name that ends in " + text;
  }
  return text;
}

bool is_of(const sbom::Package& package, sbom::Ecosystem ecosystem) noexcept {
  return package.ecosystem == ecosystem ||
         (package.ecosystem == sbom::Ecosystem::other && (package.purl.empty() || package.is_unsure));
}

} // namespace kif::verify
