// SPDX-License-Identifier: Apache-2.0
#include "random/ahead_watch.h"

#include <cstdlib>
#include <cstring>

#include <time.h>

namespace kif::random {
namespace {

/// A process that was saved while it drew nothing has nothing ready that is not older.
constexpr std::int64_t k_max_age_ns = 1'000'000'000;
/// The clocks are those that the vDSO reads fastest: they stand still between ticks, of 10 ms at most.
constexpr std::int64_t k_jump_ns = 50'000'000;

std::int64_t read_ns(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace

bool AheadWatch::are_void(bool getrandom_is_answered) noexcept {
  return is_copy(getrandom_is_answered) || (m_choice == Choice::on && m_now_ns - m_drawn_at_ns > k_max_age_ns);
}

bool AheadWatch::is_copy(bool getrandom_is_answered) noexcept {
  if (m_choice == Choice::unknown) {
    const char* value = std::getenv("KIF_COPY_WATCH");
    m_choice = value != nullptr && std::strcmp(value, "off") == 0 ? Choice::off : Choice::on;
  }
  if (m_choice == Choice::off)
    return false;
  const std::int64_t now_ns = read_ns(CLOCK_MONOTONIC_COARSE);
  if (now_ns == m_now_ns)
    return false; // it was looked at in this tick
  m_now_ns = now_ns;
  const std::int64_t difference = read_ns(CLOCK_REALTIME_COARSE) - m_now_ns;
  const std::int64_t change = difference - m_realtime_minus_monotonic_ns;
  bool is = false;
  if (change > k_jump_ns || change < -k_jump_ns) {
    m_realtime_minus_monotonic_ns = difference;
    is = true;
  }
  if (getrandom_is_answered && m_reseeds.seen())
    is = true;
  return is;
}

} // namespace kif::random
