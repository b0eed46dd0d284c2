// SPDX-License-Identifier: Apache-2.0
// What a package manager has recorded of a file that it installed: dpkg's md5sums, apk's database. MD5 and SHA-1 find
// damage. They are no proof against somebody who makes a file on purpose, and that is not asked of them here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kif::image {

struct PackageRecord {
  std::string by;       ///< "dpkg's record of libssl3:amd64", "apk's record of libcrypto3"
  std::string expected; ///< "md5:…", "sha1:…" or "sha256:…"
  std::string got;      ///< the same digest of the content
};

/// The record of `file`, whose content is `content`, in the system that it is installed in: this machine's, or that of
/// a root below which it lies. None: there is no such system, it has no record of the file or says that the file was
/// moved aside (dpkg-divert), or its digest cannot be computed here. rpm's database is not read.
std::optional<PackageRecord> find_package_record(const std::filesystem::path& file, std::string_view content);

} // namespace kif::image
