// SPDX-License-Identifier: Apache-2.0
// Findings from the probe's runs under the two denials.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verify/findings/finding.h"
#include "verify/live_results.h"

namespace kif::verify {

/// LIVE-DENY-START: the container's start and the probe's end; then one finding LIVE-DENY-<STEP> for each step, of both
/// denials together: it passes where both do.
std::vector<Finding> denial_findings(const LiveResults& results);

/// LIVE-PROBE-STEPS: in each way of running the probe reported every step that it must report. Its output comes out of
/// a container: a probe of fewer steps, or of none, shows nothing by what it does not say.
Finding steps_finding(const LiveResults& results);

/// What the probe reports of every image.
std::vector<std::string_view> required_steps();

/// A step's id: `prefix` and the step in capitals.
std::string id_of_step(std::string_view prefix, std::string_view step);

/// The worst of what was found so far and `outcome`: a failure stays one.
void worsen(Finding& finding, Outcome outcome);

/// Why a probe's run shows nothing, or an empty text: it did not start, or its output is not whole.
std::string incompleteness(const ProbeRun& run);

} // namespace kif::verify
