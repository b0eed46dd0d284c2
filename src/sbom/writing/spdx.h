// SPDX-License-Identifier: Apache-2.0
// SBOMs as SPDX 2.3 in JSON (ISO/IEC 5962), which scanners read.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sbom/finding/find.h"

namespace kif::sbom {

/// A document of the same packages as `found`, which is of any format. It says whose it was; its time and namespace
/// follow from its content, so that the same input gives the same bytes.
nlohmann::ordered_json to_spdx(const Found& found, const Search& search);

} // namespace kif::sbom
