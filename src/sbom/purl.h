// SPDX-License-Identifier: Apache-2.0
// Package URLs (ECMA-427): pkg:TYPE/NAMESPACE/NAME@VERSION?QUALIFIERS#SUBPATH
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// No longer one is read; the qualifiers of pkg:generic hold whole URLs.
inline constexpr std::size_t k_longest_purl = 4096;

/// All parts percent-decoded. Producers leave much unencoded that ought not to be; only what changes where a part ends
/// is refused.
struct Purl {
  std::string type;       ///< lower case
  std::string name_space; ///< may be empty; segments joined by "/"
  std::string name;       ///< never empty
  std::string version;    ///< may be empty
  std::vector<std::pair<std::string, std::string>>
      qualifiers; ///< keys in lower case, each once; none has an empty value

  /// invalid_input with the reason; too_large over k_longest_purl bytes.
  static Result<Purl> parse(std::string_view text);

  /// A qualifier's value, empty where there is none.
  std::string_view qualifier(std::string_view key) const noexcept;
  /// By its type.
  Ecosystem ecosystem() const noexcept;
};

/// The package URL of a package of which only these are known, "pkg:deb/NAME@VERSION?arch=ARCHITECTURE"; empty for
/// Ecosystem::other. No namespace: who distributes it is not known.
std::string make_purl(Ecosystem ecosystem, std::string_view name, std::string_view version,
                      std::string_view architecture);

/// Whether `text` is the package URL of a package of apk, dpkg or rpm.
bool is_of_package_manager(std::string_view text);

} // namespace kif::sbom
