// SPDX-License-Identifier: Apache-2.0
// The lines of a claims report. Each is claimed, or verified where a key that was given signed the document.
#pragma once

#include <vector>

#include "verify/claims/claims.h"

namespace kif::verify {

/// `report` is whole but for its findings.
std::vector<Finding> claim_findings(const ClaimsReport& report, const sbom::Search& search,
                                    const ClaimsOptions& options);

/// Whether an error says that what was there is bad, and not merely that it could not be reached.
bool is_of_content(const Error& error) noexcept;

} // namespace kif::verify
