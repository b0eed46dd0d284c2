// SPDX-License-Identifier: Apache-2.0
// Clock discontinuities: signs that the machine was suspended, or that it is a restored snapshot whose memory another
// machine holds as well.
#pragma once

#include <atomic>
#include <cstdint>

namespace kif {

/// One reading of CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME at nearly the same moment.
struct ClockSample {
  std::int64_t realtime_ns = 0;
  std::int64_t monotonic_ns = 0;
  std::int64_t boottime_ns = 0;
  std::int64_t width_ns = 0; ///< from the first to the last reading: the clocks' differences are off by at most this
};

/// Reads the clocks; `context` is the clock's own.
using ClockFunction = ClockSample (*)(void* context) noexcept;

/// The kernel's clocks. Reads them again, a few times, where the thread was interrupted between two readings.
ClockSample read_kernel_clocks(void* context) noexcept;

/// How far two differences of clocks must be apart to be called a discontinuity.
///
/// Linux slews REALTIME, MONOTONIC and BOOTTIME alike, so that their differences are constant to the nanosecond until
/// time is set, a leap second passes or the machine sleeps. The bound therefore has to cover only the inaccuracy of
/// reading: 10 ms is ten times the width above which a reading is repeated, and below any suspend or restore that was
/// seen. A false alarm costs one pool of bytes.
inline constexpr std::int64_t k_discontinuity_ns = 10'000'000;

/// Remembers the differences realtime − monotonic and boottime − monotonic. Lives in memory that a fork wipes; zeros
/// are the initial state.
class ClockWatch {
public:
  /// Whether the clocks have jumped since the watch began or moved() last said so. Threads may call at once: then more
  /// than one may be told.
  bool moved(const ClockSample& sample) noexcept;

private:
  std::atomic<std::int64_t> m_realtime_minus_monotonic_ns;
  std::atomic<std::int64_t> m_boottime_minus_monotonic_ns;
  std::atomic<std::int64_t> m_width_ns;
  std::atomic<bool> m_begun;
};

} // namespace kif
