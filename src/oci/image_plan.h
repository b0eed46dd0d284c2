// SPDX-License-Identifier: Apache-2.0
// What an image to be written will consist of, known to the last byte before the first one goes to its target.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "oci/image.h"
#include "oci/write_image.h"

namespace kif::oci {

struct PlannedBlob {
  Descriptor descriptor;
  std::function<Result<std::unique_ptr<Reader>>()> open; ///< a verified stream
  std::optional<std::filesystem::path> file = {};        ///< where the blob lies in a file of its own
};

/// A blob of text that kif made.
PlannedBlob text_blob(std::string media_type, std::string text);

struct ImagePlan {
  PlannedBlob manifest;
  PlannedBlob config;
  std::vector<PlannedBlob> layers; ///< with their OCI media types; a layer that the image has twice is here twice
};

/// `scratch` is an existing folder for the new layers' blobs, which must stay until the plan was carried out. The plan
/// refers to `base`'s store. Without layers and changes the base's own configuration and OCI manifest are part of the
/// plan, byte for byte.
Result<ImagePlan> plan_image(const Image& base, const Edit& edit, const std::filesystem::path& scratch);

} // namespace kif::oci
