// SPDX-License-Identifier: Apache-2.0
// What stands under an image's name besides the image for one platform.
#pragma once

#include <string>
#include <vector>

#include "oci/descriptor.h"
#include "oci/platform.h"

namespace kif::oci {

/// An entry of an index that is not an image that can be run.
struct PassedOver {
  Descriptor descriptor;
  std::string reason; ///< "an attestation of sha256:…", "config.mediaType is …"
};

struct Contents {
  std::vector<Platform> platforms;     ///< each once
  std::vector<PassedOver> passed_over; ///< none is an error while there is an image besides
};

} // namespace kif::oci
