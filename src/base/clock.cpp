// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <cstdlib>
#include <time.h>

namespace kif {

namespace {

constexpr std::int64_t k_wide_ns = 1'000'000;
constexpr int k_readings = 4;

std::int64_t read_ns(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool apart(std::int64_t a, std::int64_t b, std::int64_t inaccuracy) noexcept {
  return std::abs(a - b) > k_discontinuity_ns + inaccuracy;
}

} // namespace

ClockSample read_kernel_clocks(void*) noexcept {
  ClockSample sample;
  for (int reading = 0; reading < k_readings; ++reading) {
    sample.monotonic_ns = read_ns(CLOCK_MONOTONIC);
    sample.realtime_ns = read_ns(CLOCK_REALTIME);
    sample.boottime_ns = read_ns(CLOCK_BOOTTIME);
    sample.width_ns = read_ns(CLOCK_MONOTONIC) - sample.monotonic_ns;
    if (sample.width_ns < k_wide_ns)
      break;
  }
  return sample;
}

bool ClockWatch::moved(const ClockSample& sample) noexcept {
  const std::int64_t realtime = sample.realtime_ns - sample.monotonic_ns;
  const std::int64_t boottime = sample.boottime_ns - sample.monotonic_ns;
  const bool begun = m_begun.load(std::memory_order_acquire);
  if (begun) {
    const std::int64_t inaccuracy = sample.width_ns + m_width_ns.load(std::memory_order_relaxed);
    if (!apart(realtime, m_realtime_minus_monotonic_ns.load(std::memory_order_relaxed), inaccuracy) &&
        !apart(boottime, m_boottime_minus_monotonic_ns.load(std::memory_order_relaxed), inaccuracy))
      return false; // the first sample stays the measure, so that small steps add up
  }
  // Two threads may interleave here and leave a mixture: the next sample is then called a jump once more, which is
  // harmless.
  m_realtime_minus_monotonic_ns.store(realtime, std::memory_order_relaxed);
  m_boottime_minus_monotonic_ns.store(boottime, std::memory_order_relaxed);
  m_width_ns.store(sample.width_ns, std::memory_order_relaxed);
  m_begun.store(true, std::memory_order_release);
  return begun;
}

} // namespace kif
