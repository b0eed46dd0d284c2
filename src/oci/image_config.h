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
  Platform platform;            ///< empty where the configuration does not say: Platform::complete()
  std::vector<Digest> diff_ids; ///< of the uncompressed layers, lowest first
  std::string user;
  std::string working_directory;        ///< empty: /
  std::vector<std::string> environment; ///< "NAME=value", no others
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::string stop_signal; ///< "SIGQUIT", "3"; empty: SIGTERM
  std::map<std::string, std::string> labels;

  static Result<ImageConfig> from_json(const nlohmann::json& json, const std::string& where);
};

/// Puts what Go's reader makes of null in its place, where the members that kif knows are lists or maps: "" for a
/// string, {} for an entry of the history; in Env, nothing. Whoever edits the configuration meets no null there.
void replace_nulls(nlohmann::json& config);

} // namespace kif::oci
