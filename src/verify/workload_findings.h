// SPDX-License-Identifier: Apache-2.0
// What follows from the runs of the image's own program: no container is run here.
#pragma once

#include <string>
#include <vector>

#include "verify/call_summary.h"
#include "verify/findings/finding.h"
#include "verify/workload.h"

namespace kif::verify {

/// LIVE-WORKLOAD-DENY, -TRACE and -ASKED, and for an image with the layer -CONFIGURATION. What the program does under a
/// denial is judged by what it does in the traced run, where nothing is refused: what does not work there either shows
/// nothing.
std::vector<Finding> workload_findings(const WorkloadResults& results);

/// The calls of the traced run. A getrandom that the catch-all answers where no trace is in its place is marked so.
std::vector<CallSummary> workload_calls(const WorkloadResults& results);

/// The first three, without an answer and not essential: there is no program to run, or it was not wanted.
std::vector<Finding> findings_without_workload(const std::string& reason);

} // namespace kif::verify
