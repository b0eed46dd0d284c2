// SPDX-License-Identifier: Apache-2.0
// What the grammars of names are made of: parts between separators, components of plain letters.
#pragma once

#include <string_view>
#include <vector>

namespace kif::oci {

bool is_letter_or_digit(char c); ///< of ASCII
bool is_lower_or_digit(char c);

std::vector<std::string_view> split(std::string_view text, char separator);

/// Runs of `is_plain` letters with one of the separators between each two.
bool is_component(std::string_view text, bool (*is_plain)(char), bool (*is_separator)(std::string_view));

} // namespace kif::oci
