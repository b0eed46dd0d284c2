// SPDX-License-Identifier: Apache-2.0
// The counter that jitterentropy reads, looked at from outside jitterentropy. Nothing here is a claim of entropy.
#pragma once

#include <cstdint>
#include <span>

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

/// A stuck rate from which on a fixed piece of work takes the same time each time. Seen on hardware and under plain
/// emulation: 0.2 to 0.7; under an emulator that counts instructions as time: 0.999. A counter whose step is longer
/// than the work varies is as regular, so it is a hint and decides nothing.
inline constexpr double k_regular_rate = 0.9;
inline constexpr std::string_view k_regular =
    "fixed work takes the same time each time: a coarse counter, or a clock that does not jitter";

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
