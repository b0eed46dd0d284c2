// SPDX-License-Identifier: Apache-2.0
#include "base/copy_watch.h"

#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace kif {

bool WallClockWatch::moved(std::int64_t monotonic_ns, std::int64_t realtime_ns) noexcept {
  if (m_is_useless || (m_has_begun && monotonic_ns - m_read_at_ns < k_pause_ns))
    return false;
  m_read_at_ns = monotonic_ns;
  if (!m_file)
    m_file = UniqueFd(::open(m_path, O_RDONLY | O_CLOEXEC));
  std::array<char, 32> text{};
  if (!m_file || ::pread(m_file.get(), text.data(), text.size() - 1, 0) <= 0) {
    m_is_useless = !m_has_begun; // one that fails once is asked again
    return false;
  }
  const std::int64_t ahead_s = std::strtoll(text.data(), nullptr, 10) - realtime_ns / 1'000'000'000;
  const bool is_jump = m_has_begun && std::abs(ahead_s - m_ahead_s) >= k_jump_s;
  if (!m_has_begun || is_jump)
    m_ahead_s = ahead_s;
  m_has_begun = true;
  return is_jump;
}

bool CopyWatch::moved() noexcept {
  if (!m_signs.clocks)
    return false;
  const ClockSample now = read_kernel_clocks(nullptr);
  bool has_moved = m_clocks.moved(now);
  if (m_signs.kernel && m_reseeds.seen())
    has_moved = true;
  if (m_signs.wall_clock && m_wall_clock.moved(now.monotonic_ns, now.realtime_ns))
    has_moved = true;
  return has_moved;
}

} // namespace kif
