// SPDX-License-Identifier: Apache-2.0
// A JDK's java.security with kif's properties in it.
#pragma once

#include <string>
#include <string_view>

namespace kif::image {

/// What layer.json says of keep_sun, beside the features of --compat.
inline constexpr std::string_view k_java_sun = "java-sun";

/// What an image's owner lets work that approved mode refuses.
struct JavaChoices {
  bool keep_sun = false;        ///< SUN is the last provider of the list
  bool short_hmac_keys = false; ///< HMAC keys and PBKDF2 passwords below 112 bits
};

/// `theirs` is the JDK's file, `ours` the properties that take the place of those with the same keys; all that `theirs`
/// says of providers is dropped, since a list that continues ours would bring back what ours leaves out. What
/// was chosen is said by kif.sun and kif.short-hmac-keys to KIF and its self-check. Lines of the JDK's that stay are as
/// they were.
std::string edit_java_security(std::string_view theirs, std::string_view ours, const JavaChoices& choices);

} // namespace kif::image
