// SPDX-License-Identifier: Apache-2.0
// What a search found, for people and for programs. Pure: the same search gives the same text.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "sbom/finding/find.h"

namespace kif::sbom {

/// How a word is marked for a reader with a terminal; the word stands for itself without.
enum class Mark { heading, verified, claimed, refused, faint };
using Marker = std::function<std::string(Mark, std::string_view)>;

/// The documents by what they rest on, what could not be used, where kif looked, what is in the best document.
std::string render_text(const Search& search, const Marker& marker);

/// Version of the JSON form. Members may be added under the same number; renaming or removing one makes a new number.
inline constexpr std::string_view k_search_schema = "kif.sbom/1";
nlohmann::ordered_json to_json(const Search& search);

/// The best document's packages, a line each: name, version, ecosystem, architecture, purl, separated by tabs, "-" for
/// what it does not say. Control characters are written \xNN.
std::string render_packages(const Search& search);

} // namespace kif::sbom
