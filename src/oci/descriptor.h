// SPDX-License-Identifier: Apache-2.0
// Descriptors (image-spec, descriptor.md): what points from one piece of an image to another.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/platform.h"

namespace kif::oci {

class JsonObject;

using Annotations = std::map<std::string, std::string>;

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0; ///< bytes of the blob as it is stored
  Annotations annotations = {};
  std::optional<Platform> platform = {};     ///< in an index only
  std::vector<std::string> os_features = {}; ///< what the platform must have besides: "win32k"; most say nothing
  std::string artifact_type = {};
  nlohmann::json json = {}; ///< as it was read, with what kif does not know; null for one that kif made

  static Result<Descriptor> from_object(const JsonObject& object);
  nlohmann::json to_json() const;
};

} // namespace kif::oci
