// SPDX-License-Identifier: Apache-2.0
// Where the Pythons of an image have their installed packages.
#pragma once

#include <string>
#include <vector>

#include "layer/file_tree.h"

namespace kif::image {

/// Name of the hook's module that belongs into each of these folders, and of the .pth file that loads it.
inline constexpr const char* k_python_hook_name = "kif_approved_digests";

/// The folders of installed packages of every Python of the tree, virtual environments included: those that exist, and
/// for a Python without one the one that it looks into.
std::vector<std::string> python_site_folders(const oci::FileTree& tree);

} // namespace kif::image
