// SPDX-License-Identifier: Apache-2.0
// What holds for every document that was read, whoever wrote it.
#pragma once

#include <algorithm>

#include "sbom/document.h"
#include "target.h"

namespace kif::fuzz {

inline void demand_good_document(const sbom::Document& document) {
  const auto& packages = document.packages;
  demand(std::ranges::is_sorted(packages), "packages are sorted");
  demand(std::ranges::adjacent_find(packages) == packages.end(), "each package stands there once");
  demand(std::ranges::none_of(packages, [](const sbom::Package& package) { return package.name.empty(); }),
         "each package has a name");
}

} // namespace kif::fuzz
