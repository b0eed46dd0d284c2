// SPDX-License-Identifier: Apache-2.0
// Patterns of a shell for one name, without slashes: *, ?, [set], a backslash before a character.
#pragma once

#include <string>
#include <string_view>

namespace kif::oci {

/// Whether the pattern is more than a name.
bool is_glob(std::string_view pattern);
/// The pattern that matches this text and nothing else.
std::string escaped_glob(std::string_view text);

/// Takes time of the product of both lengths at most. fnmatch(3) does not: glibc's tries every way in which several
/// stars can share a name, which an image's own pattern can make last for years.
bool matches_glob(std::string_view name, std::string_view pattern);

} // namespace kif::oci
