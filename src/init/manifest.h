// SPDX-License-Identifier: Apache-2.0
// The manifest of hashes that the FIPS layer was built with, and the check of the layer's files against it. It finds
// damage and mistakes: a lost or exchanged file, a partial copy. Against somebody who can write to the image it is no
// protection, since he can write the manifest too: that is what the digest of the image and the module's own integrity
// test are for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::init {

struct ManifestEntry {
  std::string sha256; ///< 64 lower-case hex digits
  std::string path;   ///< absolute, without "." or ".." parts
};

/// Bounds of what is read: a layer has half a dozen files, the largest of 3 MB.
inline constexpr std::size_t k_max_manifest_bytes = 64UL * 1024;
inline constexpr std::size_t k_max_manifest_entries = 256;
inline constexpr std::uint64_t k_max_file_bytes = 256ULL * 1024 * 1024;

/// Reads what `sha256sum` writes: digest, two spaces (or " *"), path. Each line ends with a newline, the last too, so
/// that a cut-off manifest is seen. Anything else is invalid_input with the number of the line. `name` is the
/// manifest's path.
Result<std::vector<ManifestEntry>> parse_manifest(std::string_view text, std::string_view name);

/// not_found naming the first of `paths` that no entry is for.
Result<void> require_entries(const std::vector<ManifestEntry>& entries, std::span<const std::string> paths,
                             std::string_view name);

/// A hash in progress: takes bytes, gives the hex digest.
class Hash {
public:
  Hash() = default;
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  virtual ~Hash() = default;
  virtual Result<void> start() = 0;
  virtual Result<void> update(std::span<const std::byte> bytes) = 0;
  virtual Result<std::string> finish() = 0;
};

/// Every file must be there, be a regular file and not a link, and have its digest; else not_found, invalid_input,
/// digest_mismatch, … for the first that does not.
Result<void> verify_files(const std::vector<ManifestEntry>& entries, Hash& hash);

} // namespace kif::init
