// SPDX-License-Identifier: Apache-2.0
#include "init/generator_policy.h"

#include <algorithm>

namespace kif::init {

Decision GeneratorPolicy::after(GeneratorEnd end, const GeneratorLife& life) {
  using broker::State;
  if (life.served && *life.served >= k_settled)
    m_in_a_row = 0;
  if (life.has_reseeded)
    m_sources_in_a_row = 0;
  ++m_in_a_row;
  if (end == GeneratorEnd::source && ++m_sources_in_a_row > 1)
    return {State::failed, std::nullopt};
  Decision decision{end == GeneratorEnd::checks || m_in_a_row >= k_failed_after ? State::failed : State::degraded,
                    std::chrono::seconds(0)};
  if (m_in_a_row > 1)
    decision.pause = std::min(std::chrono::seconds(1ULL << std::min(m_in_a_row - 2, 10U)), k_max_pause);
  return decision;
}

} // namespace kif::init
