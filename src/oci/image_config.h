// SPDX-License-Identifier: Apache-2.0
// The configuration of an image (image-spec, config.md): what to run, and the digests of its layers' tars.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/platform.h"

namespace kif::oci {

/// The parts that kif uses, types checked. Whoever writes a new one edits the JSON, so that nothing else of it is lost.
struct ImageConfig {
  Platform platform;
  std::vector<Digest> diff_ids; ///< of the uncompressed layers, lowest first
  std::string user;
  std::string working_directory;        ///< empty: /
  std::vector<std::string> environment; ///< "NAME=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> labels;

  static Result<ImageConfig> from_json(const nlohmann::json& json, const std::string& where);
};

} // namespace kif::oci
