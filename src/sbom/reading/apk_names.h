// SPDX-License-Identifier: Apache-2.0
// Whether what a document leaves open is an apk package, told by the shape of name and version.
#pragma once

#include <algorithm>
#include <string_view>

#include "sbom/version/apk_version.h"
#include "sbom/version/version_text.h"

namespace kif::sbom {

/// A name that apk takes, and a version with a revision, -rN, as every package has that was built for a distribution.
inline bool fits_apk(std::string_view name, std::string_view version) {
  const auto is_name_character = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '+' || c == '-';
  };
  return !name.empty() && std::ranges::all_of(name, is_name_character) &&
         version.find("-r") != std::string_view::npos && ApkVersion::parse(version).has_value();
}

} // namespace kif::sbom
