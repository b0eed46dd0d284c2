// SPDX-License-Identifier: Apache-2.0
// Findings from the probe's runs under the two denials.
#pragma once

#include <vector>

#include "verify/finding.h"
#include "verify/live_results.h"

namespace kif::verify {

/// LIVE-DENY-START: the container's start and the probe's end; then one finding LIVE-DENY-<STEP> for each step, of both
/// denials together: it passes where both do.
std::vector<Finding> denial_findings(const LiveResults& results);

/// Why a probe's run shows nothing, or an empty text: it did not start, or its output is not whole.
std::string incompleteness(const ProbeRun& run);

} // namespace kif::verify
