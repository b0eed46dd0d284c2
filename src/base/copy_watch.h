// SPDX-License-Identifier: Apache-2.0
// Signs that this machine is a copy: cloned, or restored from a snapshot, so that another one holds the same memory.
// What was drawn before is void then. docs/design/0021-snapshots.md has what shows it, and what does not.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/file.h"
#include "base/kernel_reseeds.h"

namespace kif {

/// Where to look.
struct CopySigns {
  bool clocks = false;     ///< jumps of the kernel's clocks
  bool kernel = false;     ///< reseeds of its generator; only in threads with trap_getrandom()
  bool wall_clock = false; ///< the hardware's, which a hypervisor gives the time of its own machine
};

/// The hardware's clock against the kernel's (/sys/class/rtc/rtc0/since_epoch): a machine that is restored goes on with
/// the kernel's clocks of before. Read once in a while, since reading takes 0.2 ms, and up to 10 in a bad moment.
class WallClockWatch {
public:
  explicit WallClockWatch(const char* file = "/sys/class/rtc/rtc0/since_epoch") noexcept : m_path(file) {}

  /// Jumps of less than two seconds are not told from the clock's own steps of one.
  bool moved(std::int64_t monotonic_ns, std::int64_t realtime_ns) noexcept;

private:
  static constexpr std::int64_t k_pause_ns = 200'000'000;
  static constexpr std::int64_t k_jump_s = 2;

  const char* m_path;
  UniqueFd m_file;
  bool m_has_begun = false;
  bool m_is_useless = false;
  std::int64_t m_read_at_ns = 0;
  std::int64_t m_ahead_s = 0; ///< of the kernel's
};

/// One thread at a time.
class CopyWatch {
public:
  explicit CopyWatch(CopySigns signs = {}) noexcept : m_signs(signs) {}

  CopySigns signs() const noexcept { return m_signs; }
  void leave_kernel_alone() noexcept { m_signs.kernel = false; }

  /// Whether there has been a sign since the last look. The first look says no.
  bool moved() noexcept;

private:
  CopySigns m_signs;
  ClockWatch m_clocks{};
  KernelReseeds m_reseeds{};
  WallClockWatch m_wall_clock;
};

} // namespace kif
