// SPDX-License-Identifier: Apache-2.0
// What hardening makes of one platform's image, worked out before anything is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "image/harden.h"
#include "oci/image.h"
#include "oci/write_image.h"

namespace kif::image {

struct PlannedHardening {
  oci::PlatformImage write; ///< what is written: without edits where the image is hardened already
  nlohmann::json outcome;   ///< the configuration that it will have
  std::size_t layer = 0;    ///< the number of the FIPS layer in it
  PlatformOutcome report;
};

/// Looks at the image and makes its layer, as the file `tar`, which must stay until the plan was carried out.
/// unsupported: the image, a part, or the two together cannot be used; conflict: without `force`, where the image has a
/// FIPS layer of other parts.
Result<PlannedHardening> plan_hardening(const oci::Image& source, const ArchitectureParts& paths,
                                        const HardenRequest& request, const std::filesystem::path& tar);

/// Empty for docker-archive, whose images have no manifest.
std::string manifest_digest(const oci::Image& image);

} // namespace kif::image
