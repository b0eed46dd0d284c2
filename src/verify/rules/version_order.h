// SPDX-License-Identifier: Apache-2.0
// Versions by the order of the ecosystem that they belong to.
#pragma once

#include <compare>
#include <string_view>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::verify {

/// Fails where `version` breaks the grammar of `ecosystem`, or where that has no order that kif knows (unsupported).
Result<void> check_version(sbom::Ecosystem ecosystem, std::string_view version);

/// Fails as check_version() does, for either.
Result<std::weak_ordering> order_versions(sbom::Ecosystem ecosystem, std::string_view left, std::string_view right);

} // namespace kif::verify
