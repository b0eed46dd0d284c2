// SPDX-License-Identifier: Apache-2.0
// Where glibc's loader in an image looks for a library (ld.so(8)), told from the image's files without running it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// The folders, in the loader's order: LD_LIBRARY_PATH of the image's environment, those that /etc/ld.so.conf and the
/// files it includes name, the built-in ones of Debian's, Fedora's and others' glibc. Absolute paths; those
/// of LD_LIBRARY_PATH and the built-in ones need not exist. Of those that the image names 256 at most.
///
/// /etc/ld.so.cache is not read: it is made from the same folders, and where it is older than them the loader is wrong,
/// not we.
Result<std::vector<std::string>> loader_folders(const oci::Image& image, const oci::FileTree& tree);

/// The files of that name in those folders, first found first, links followed, each file once.
std::vector<const oci::FileEntry*> find_libraries(const oci::FileTree& tree, const std::vector<std::string>& folders,
                                                  std::string_view name);

} // namespace kif::image
