// SPDX-License-Identifier: Apache-2.0
// A JDK's java.security with kif's properties in it.
#pragma once

#include <string>
#include <string_view>

namespace kif::image {

/// `theirs` is the JDK's file, `ours` the properties that take the place of those with the same keys; all that `theirs`
/// says of providers is dropped, since a list that continues ours would bring back what ours leaves out. With
/// `keep_sun`, SUN is the last provider of the list, and kif.sun says so to the self-check. Lines of the JDK's that
/// stay are as they were.
std::string edit_java_security(std::string_view theirs, std::string_view ours, bool keep_sun);

} // namespace kif::image
