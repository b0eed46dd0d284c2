// SPDX-License-Identifier: Apache-2.0
// A noise source that fails where a test says so, and whose blocks never repeat, in no process.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <sys/types.h>

#include "entropy/noise_source.h"

namespace kif::entropy {

class MockNoiseSource final : public NoiseSource {
public:
  enum Point { startup, collector, read };
  static constexpr std::uint64_t k_for_ever = std::numeric_limits<std::uint64_t>::max();

  MockNoiseSource();

  /// Calls number `first` (from 1, counted as calls() does) and the `times` − 1 after it fail with `error`. One rule
  /// for each point.
  void fail(Point point, SourceError error, std::uint64_t first = 1, std::uint64_t times = k_for_ever);

  /// Called inside each call, after its work is done (a block is in its buffer) and before it returns. Set before
  /// threads start.
  std::function<void(Point)> hook;

  /// Calls so far, in this process and, before it was forked, in its parents.
  std::uint64_t calls(Point point) const { return m_calls[point].load(); }
  /// Collectors made and not freed, and the most there ever were.
  int collectors_alive() const { return m_alive.load(); }
  int most_collectors_alive() const { return m_most_alive.load(); }
  /// Calls that broke NoiseSource's contract: one collector used by two threads, after it was freed, or by another
  /// process than made it.
  int contract_violations() const { return m_violations.load(); }

  SourceError startup_test() noexcept override;
  SourceError new_collector(CollectorHandle*& made) noexcept override;
  SourceError read_block(CollectorHandle* used, std::span<std::byte, k_block_bytes> block) noexcept override;
  void free_collector(CollectorHandle* freed) noexcept override;

private:
  struct Rule {
    std::atomic<SourceError> error{SourceError::none};
    std::atomic<std::uint64_t> first{0};
    std::atomic<std::uint64_t> times{0};
  };
  struct Slot {
    enum State { unused, idle, busy, freed };
    std::atomic<int> state{unused};
    pid_t maker = 0;
    std::uint64_t reads = 0; ///< plain, as a real collector's state is, so that ThreadSanitizer sees two users at once
  };
  struct Unmap {
    void operator()(std::atomic<std::uint64_t>* number) const noexcept;
  };

  /// Counts the call; the error that its rule says.
  SourceError enter(Point point);
  void leave(Point point);

  std::array<Rule, 3> m_rules;
  std::array<std::atomic<std::uint64_t>, 3> m_calls{};
  std::unique_ptr<std::array<Slot, 4096>> m_slots = std::make_unique<std::array<Slot, 4096>>();
  std::atomic<std::size_t> m_made{0};
  std::atomic<int> m_alive{0};
  std::atomic<int> m_most_alive{0};
  std::atomic<int> m_violations{0};
  /// In memory shared with all forked children, so that theirs are other blocks.
  std::unique_ptr<std::atomic<std::uint64_t>, Unmap> m_next_block;
};

/// Blocks consist of 8-byte words that are all different, so that two copies of any piece are found by comparing words.
std::uint64_t mock_word(std::uint64_t block_number, std::size_t index);

} // namespace kif::entropy
