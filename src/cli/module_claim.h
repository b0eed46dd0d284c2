// SPDX-License-Identifier: Apache-2.0
// `--module-claim`: held against what kif knows of certificates before anything is written.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "image/harden.h"

namespace kif::cli {

/// What is known of the certificates that a claim names.
struct ModuleClaim {
  std::vector<std::string> lines; ///< for people; none where it names no certificate
  nlohmann::ordered_json certificates = nlohmann::ordered_json::array();
};

/// Checks the request's claim against each module that it may be made for, and marks in it what kif does not know.
/// invalid_input: it names a certificate that cannot be one of such a module.
Result<ModuleClaim> look_at_claim(image::HardenRequest& request);

} // namespace kif::cli
