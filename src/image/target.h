// SPDX-License-Identifier: Apache-2.0
// What is under the name that an image is to be written to.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "oci/image.h"
#include "oci/image_name.h"
#include "oci/platform.h"

namespace kif::image {

struct Target {
  bool exists = false;             ///< something would be replaced
  std::optional<oci::Image> image; ///< the image of that platform, where it can be read
  bool is_index = false;           ///< it is one of an index
  std::string index_digest = {};   ///< of that index
  std::size_t platforms = 0;       ///< that are under the name
};

/// An archive exists where its file does: writing replaces it whole. In a layout it is the tag that exists or not;
/// without a tag, any image in it. What exists but cannot be read is there all the same.
Result<Target> look_at_target(const oci::ImageName& name, const oci::Platform& platform);

} // namespace kif::image
