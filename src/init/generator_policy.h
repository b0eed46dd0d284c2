// SPDX-License-Identifier: Apache-2.0
// What becomes of the random service when a generator ends: whether another takes its place, when, and what the
// container is told meanwhile. No clocks and no processes in here.
#pragma once

#include <chrono>
#include <optional>

#include "broker/state.h"

namespace kif::init {

enum class GeneratorEnd {
  died,   ///< by a signal or by itself: a crash, no memory; also one that could not be started
  hung,   ///< did not answer, or did not finish its checks, in time
  source, ///< its seed source failed: while it drew, or in its checks
  checks, ///< its checks did not pass for another reason
};

/// How a generator did before it ended.
struct GeneratorLife {
  std::optional<std::chrono::seconds> served; ///< since its checks had passed; none: they had not
  bool has_reseeded = false;                  ///< it took new seed from its source after its checks
};

struct Decision {
  broker::State state = broker::State::failed;
  std::optional<std::chrono::seconds> pause; ///< until the next one is started; none: there is none any more
};

class GeneratorPolicy {
public:
  /// One that served for so long does not count among those that end again and again.
  static constexpr std::chrono::seconds k_settled{60};
  /// The first is replaced at once, the next ones after 1, 2, 4, … s, at most this.
  static constexpr std::chrono::seconds k_max_pause{60};
  /// So many in a row that ended, and requests are not to wait any more. The tries go on: memory may come back.
  static constexpr unsigned k_failed_after = 4;

  /// A source that failed is a verdict (SP 800-90B §4.3): the generator is replaced once, through all checks; where the
  /// source of that one fails too, before it has given new seed, it is the last.
  Decision after(GeneratorEnd end, const GeneratorLife& life);

private:
  unsigned m_in_a_row = 0;
  unsigned m_sources_in_a_row = 0;
};

} // namespace kif::init
