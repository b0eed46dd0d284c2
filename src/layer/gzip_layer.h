// SPDX-License-Identifier: Apache-2.0
// Stores a layer's tar as gzip, the same way everywhere: no time, no name, no mark of the system that made it, one
// fixed level.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "digest/digest.h"

namespace kif::oci {

struct StoredLayer {
  Digest digest;          ///< of the gzip file
  std::uint64_t size = 0; ///< of the gzip file, in bytes
  Digest diff_id;         ///< of the tar
};

/// Reads the tar once; makes the file `target`.
Result<StoredLayer> store_layer(const std::filesystem::path& tar, const std::filesystem::path& target);

} // namespace kif::oci
