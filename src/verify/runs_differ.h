// SPDX-License-Identifier: Apache-2.0
// The finding that no two runs drew the same bytes.
#pragma once

#include "verify/findings/finding.h"
#include "verify/live_results.h"

namespace kif::verify {

/// LIVE-RUNS-DIFFER: what the probe drew in each of its containers, from RAND_bytes and from the seed source, and what
/// `openssl rand` printed in each of its own. Fails where any two are equal: a source that repeats itself passes every
/// other check. Could not be checked where fewer than two containers drew.
Finding runs_differ_finding(const LiveResults& results);

} // namespace kif::verify
