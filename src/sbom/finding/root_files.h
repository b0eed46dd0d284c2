// SPDX-License-Identifier: Apache-2.0
// What a root file system says of itself: its package databases, and the SBOMs that packages bring.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "oci/image.h"
#include "sbom/finding/collection.h"

namespace kif::sbom {

/// Path in the root file system → content. All together at most k_max_root_bytes.
using RootFiles = std::map<std::string, std::string>;
inline constexpr std::uint64_t k_max_root_bytes = std::uint64_t{512} * 1024 * 1024;

/// Those files of the image that collect_root_files() reads. Every layer is read once for it, some twice.
Result<RootFiles> root_files_of(const oci::Image& image);
/// Those of an unpacked root file system. No link leads out of it. What cannot be read is refused in `collection`.
RootFiles root_files_in(const std::filesystem::path& root, Collection& collection);

/// Reads apk's, dpkg's and rpm's databases and the documents in /var/lib/db/sbom. `name` names the whole in errors.
void collect_root_files(RootFiles files, const std::string& name, std::optional<Subject> at, Collection& collection);

} // namespace kif::sbom
