// SPDX-License-Identifier: Apache-2.0
// A JSON document as kif prints it.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace kif::text {

/// Indented, with a newline at its end; valid UTF-8 and plain, whatever its strings hold: as json_string() has them.
std::string json_document(const nlohmann::ordered_json& document);

} // namespace kif::text
