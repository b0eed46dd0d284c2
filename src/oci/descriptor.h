// SPDX-License-Identifier: Apache-2.0
// Descriptors (image-spec, descriptor.md): what points from one piece of an image to another.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/platform.h"

namespace kif::oci {

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0; ///< bytes of the blob as it is stored
  Annotations annotations = {};
  std::optional<Platform> platform = {}; ///< in an index only
  std::string artifact_type = {};

  /// `where` names the place in errors: "layers[2] of the manifest".
  static Result<Descriptor> from_json(const nlohmann::json& json, const std::string& where);
  nlohmann::json to_json() const;
};

} // namespace kif::oci
