// SPDX-License-Identifier: Apache-2.0
// Writes an image again under another name, with layers put on top and its configuration changed. Blobs that it
// inherits are copied as they are, never decompressed. What appears under the target's name appears whole, and the same
// input gives the same bytes.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "oci/image.h"
#include "oci/image_name.h"

namespace kif::oci {

/// A layer to be put on top.
struct NewLayer {
  std::filesystem::path tar;   ///< uncompressed; stored as gzip, compressed the same way everywhere
  nlohmann::json history = {}; ///< its entry in the configuration's history: created_by, comment, created. Where
                               ///< `created` is missing, the configuration's own is put in
};

struct Edit {
  std::vector<NewLayer> layers = {};         ///< lowest first
  std::optional<nlohmann::json> config = {}; ///< Image::config_json() with the caller's changes. diff_ids and history
                                             ///< of new layers are added by write_image
  Annotations annotations = {};              ///< of the manifest; put over those that the image has
};

struct WrittenImage {
  Descriptor manifest; ///< for docker-archive, which holds none, the manifest that an oci: target would have got
  Descriptor config;
  std::vector<Descriptor> layers; ///< all, inherited ones first
};

/// Whether images can be written under such a name at all: unsupported for registries.
Result<void> check_can_write(const ImageName& target);

/// Writes `base` with `edit` as `target`. In an existing oci: folder the tag is added or replaced and all else kept; an
/// archive is replaced. The manifest written is OCI's also where the base's is Docker's (docs/design/0004-oci.md).
Result<WrittenImage> write_image(const Image& base, const Edit& edit, const ImageName& target);

struct PlatformImage {
  Image base;
  Edit edit;
};

struct WrittenIndex {
  Descriptor index;
  std::vector<WrittenImage> images; ///< in the order in which they were given
};

/// As above for several platforms, which become one index under the target's name; oci: and oci-archive: only.
Result<WrittenIndex> write_index(std::span<const PlatformImage> images, const ImageName& target);

} // namespace kif::oci
