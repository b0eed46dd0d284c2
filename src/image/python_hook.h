// SPDX-License-Identifier: Apache-2.0
// The hook that makes CPython's own digests follow OpenSSL's approved mode.
#pragma once

#include <string>
#include <vector>

#include "image/layer.h"
#include "oci/file_tree.h"

namespace kif::image {

/// Name of the hook's module, and of the .pth file that loads it.
inline constexpr const char* k_python_hook_name = "kif_approved_digests";

/// The folders of installed packages of every Python of the tree, virtual environments included: those that exist, and
/// for a Python without one the one that it looks into.
std::vector<std::string> python_site_folders(const oci::FileTree& tree);

/// The hook in each of those folders.
std::vector<LayerFile> python_hook_files(const oci::FileTree& tree);

} // namespace kif::image
