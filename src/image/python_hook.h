// SPDX-License-Identifier: Apache-2.0
// The hook that makes CPython's own digests follow OpenSSL's approved mode.
#pragma once

#include <string>
#include <vector>

#include "image/layer.h"
#include "layer/file_tree.h"

namespace kif::image {

/// The hook in each folder of python_site_folders().
std::vector<LayerFile> python_hook_files(const oci::FileTree& tree, std::vector<std::string>& warnings);

} // namespace kif::image
