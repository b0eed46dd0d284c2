// SPDX-License-Identifier: Apache-2.0
// The three clocks of which two drift apart when the machine was suspended, a snapshot was restored, or time was set.
#pragma once

#include <cstdint>

namespace kif::entropy {

/// One reading of CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME at (nearly) the same moment.
struct ClockSample {
  std::int64_t realtime_ns = 0;
  std::int64_t monotonic_ns = 0;
  std::int64_t boottime_ns = 0;
  std::int64_t width_ns = 0; ///< time between the first and the last reading: how far the sample is off at most
};

/// Reads the clocks; `context` is the clock's own.
using ClockFunction = ClockSample (*)(void* context) noexcept;

/// The kernel's clocks. Reads again, a few times, when the thread was interrupted between the readings.
ClockSample read_kernel_clocks(void* context) noexcept;

} // namespace kif::entropy
