// SPDX-License-Identifier: Apache-2.0
// Whether bytes that were drawn ahead may still be given out: not where there is a sign that this machine is a copy of
// another one, which has the same bytes, and not when they are old.
#pragma once

#include <cstdint>

#include "base/kernel_reseeds.h"

namespace kif::random {

/// In memory that a fork wipes; all of zeros is the initial state. One thread at a time. It looks once in a tick of the
/// kernel's clock, which is 10 ms at most, so that a draw costs hardly more. No system call as long as there is no
/// sign, but for one at the first look.
class AheadWatch {
public:
  /// To be asked before bytes are taken, and before they are drawn anew. `getrandom_is_answered`: by kif-init's
  /// catch-all; only then the vDSO may be asked whether the kernel has reseeded (base/kernel_reseeds.h).
  bool are_void(bool getrandom_is_answered) noexcept;

  /// Likewise, whatever the age. The first look says that there is a sign.
  bool is_copy(bool getrandom_is_answered) noexcept;

  /// Bytes have been drawn.
  void drawn() noexcept { m_drawn_at_ns = m_now_ns; }

private:
  enum class Choice : std::uint8_t { unknown, on, off };

  Choice m_choice;
  std::int64_t m_now_ns;
  std::int64_t m_drawn_at_ns;
  std::int64_t m_realtime_minus_monotonic_ns; ///< 0: not looked at yet
  KernelReseeds m_reseeds;
};

} // namespace kif::random
