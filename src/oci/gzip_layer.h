// SPDX-License-Identifier: Apache-2.0
// Stores a layer's tar as gzip, the same way everywhere: no time, no name, no mark of the system that made it, one
// fixed level.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/manifest.h"

namespace kif::oci {

struct StoredLayer {
  Layer layer;
  Digest diff_id;
};

/// Reads the tar once; makes the file `target`.
Result<StoredLayer> store_layer(const std::filesystem::path& tar, const std::filesystem::path& target);

} // namespace kif::oci
