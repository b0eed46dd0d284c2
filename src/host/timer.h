// SPDX-License-Identifier: Apache-2.0
// The counter that jitterentropy reads, looked at from outside jitterentropy. Nothing here is a claim of entropy.
#pragma once

#include <cstdint>
#include <span>

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

/// A rate at or above which hardly any reading tells something new. jitterentropy's start-up test fails where more than
/// 90 % of its own measurements are stuck (its source: JENT_STUCK_INIT_THRES).
inline constexpr double k_high_stuck_rate = 0.9;

/// From readings of the counter, one after the other: those of `quick` with nothing between them give the step and the
/// smallest difference; those of `worked`, with a small fixed piece of work between them, give the stuck rate. Stuck as
/// jitterentropy has it: the difference to the reading before, or the difference of such differences, or that of those,
/// is zero.
Counter assess(std::span<const std::uint64_t> quick, std::span<const std::uint64_t> worked);

/// Reads the counter some ten thousand times and measures its frequency; 30 ms on hardware, some hundred under
/// emulation.
Counter measure_counter();

Timer look_at_timer(const Root& root);

} // namespace kif::host
