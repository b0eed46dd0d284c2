// SPDX-License-Identifier: Apache-2.0
// Unpacks the merged file tree of an image into a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "layer/file_tree.h"
#include "layer/layer_stack.h"

namespace kif::oci {

/// A look at files on their way to the disk, so that nobody has to read them again. What it saw is verified only when
/// extract_root() has returned without an error.
struct ContentLook {
  std::function<bool(const FileEntry&)> wanted = {}; ///< of regular files; one at a time is held in memory
  std::function<void(const FileEntry&, std::span<const std::byte> content)> look = {};
};

struct Extraction {
  std::size_t entries = 0;  ///< made, the root folder included
  std::uint64_t bytes = 0;  ///< of regular files written
  bool owners_kept = false; ///< whether files got their owners: only where we are root. The tree knows them anyway
  std::size_t not_made_count = 0;    ///< devices and fifos
  std::vector<std::string> not_made; ///< the paths in the image of the first 1,000 of them
};

/// Writes `tree`, read from `image`, as the new folder `target`. The folder must not exist, or be empty. It is made
/// beside its final place and renamed there at the end: after an error there is nothing.
///
/// Modes and times are kept, owners and security.capability where we are root. Where owners are not kept, setuid and
/// setgid bits are dropped, as the kernel does when an owner changes: otherwise a foreign program would run with the
/// caller's rights for everybody. As root they are kept: put `target` into a folder that only root may enter.
///
/// `look` sees each of the files that it wants, once however many hard links it has.
Result<Extraction> extract_root(const LayerStack& image, const FileTree& tree, const std::filesystem::path& target,
                                const ContentLook& look = {});

/// Removes what extract_root() made, folders without write permission included.
Result<void> remove_root(const std::filesystem::path& target);

} // namespace kif::oci
