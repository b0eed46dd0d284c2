// SPDX-License-Identifier: Apache-2.0
// How packages are named to people, the same in every line of a report.
#pragma once

#include <string>

#include "base/quote.h"
#include "sbom/document.h"

namespace kif::verify {

/// "libcrypto3 3.4.0-r2", made printable; the name alone where there is no version.
inline std::string named(const sbom::Package& package) {
  return shortened(package.name) + (package.version.empty() ? "" : " " + shortened(package.version));
}

} // namespace kif::verify
