// SPDX-License-Identifier: Apache-2.0
// Unpacks the merged file tree of an image into a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/file_tree.h"
#include "oci/image.h"

namespace kif::oci {

struct Extraction {
  std::size_t entries = 0;  ///< made, the root folder included
  std::uint64_t bytes = 0;  ///< of regular files written
  bool owners_kept = false; ///< whether files got their owners: only where we are root. The tree knows them anyway
  std::vector<std::string> not_made; ///< devices and fifos: their paths in the image
};

/// Writes `tree`, read from `image`, as the new folder `target`. The folder must not exist, or be empty. It is made
/// beside its final place and renamed there at the end: after an error there is nothing.
///
/// Modes and times are kept, owners and security.capability where we are root. Where owners are not kept, setuid and
/// setgid bits are dropped, as the kernel does when an owner changes: otherwise a foreign program would run with the
/// caller's rights for everybody. As root they are kept: put `target` into a folder that only root may enter.
Result<Extraction> extract_root(const Image& image, const FileTree& tree, const std::filesystem::path& target);

/// Removes what extract_root() made, folders without write permission included.
Result<void> remove_root(const std::filesystem::path& target);

} // namespace kif::oci
