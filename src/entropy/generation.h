// SPDX-License-Identifier: Apache-2.0
// Generations: what is claimed, drawn or stored in one generation is void in the next.
#pragma once

#include <cstdint>

namespace kif::entropy {

/// The upper 32 bits name the process: they are new in each forked child, and differ from all its forebears'. The lower
/// 24 bits count the times that the bytes held were declared void within it (clock discontinuity, permanent failure). 0
/// is no generation: memory that was just mapped, or wiped by a fork. 56 bits in all, since words that claim a slot put
/// eight more beside them.
using Generation = std::uint64_t;

inline constexpr unsigned k_generation_process_shift = 24;

inline bool same_process(Generation a, Generation b) noexcept {
  return a >> k_generation_process_shift == b >> k_generation_process_shift;
}

} // namespace kif::entropy
