// SPDX-License-Identifier: Apache-2.0
// Jars whose programs meet something in a hardened image that their owner should know: by their names, as Maven's
// repository has them. Archives are not unpacked, so what lies in another jar is not seen.
#pragma once

#include <string>
#include <vector>

#include "image/java_security.h"
#include "layer/file_tree.h"

namespace kif::image {

/// A sentence for each such jar: what happens, and what to set. Of one kind at most ten are named, and how many more.
std::vector<std::string> warnings_of_jars(const oci::FileTree& tree, const JavaChoices& choices);

} // namespace kif::image
