// SPDX-License-Identifier: Apache-2.0
// What manifests, indexes and artifacts have in common: their schema, and that no document can be taken for two kinds.
#pragma once

#include <string_view>

#include "base/result.h"
#include "oci/json.h"

namespace kif::oci {

/// schemaVersion is 2, or not there.
Result<void> check_schema(const JsonObject& document);

/// A document must be what the descriptor that led to it says. Where it could be read as both manifest and index,
/// readers differ (CVE-2021-41190), so it is refused: it may not have `foreign_member`.
Result<void> check_type(const JsonObject& document, std::string_view expected, std::string_view foreign_member);

} // namespace kif::oci
