// SPDX-License-Identifier: Apache-2.0
// What a search found, for people and for programs. Pure: the same search gives the same text.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "sbom/finding/find.h"
#include "text/page.h"

namespace kif::sbom {

/// The documents by what they rest on, what could not be used, where kif looked, what is in the best document.
text::Page render_text(const Search& search);

/// Version of the JSON form. Members may be added under the same number; renaming or removing one makes a new number.
inline constexpr std::string_view k_search_schema = "kif.sbom/1";
nlohmann::ordered_json to_json(const Search& search);

/// The best document's packages, a line each: name, version, ecosystem, architecture, purl, separated by tabs, "-" for
/// what it does not say.
text::Page render_packages(const Search& search);

} // namespace kif::sbom
