// SPDX-License-Identifier: Apache-2.0
// Seed bytes for DRBGs: blocks of a noise source, each byte handed out once, in this process and in all that are forked
// from it.
//
// - Threads: draw, fill, prepare and counters may be called from any thread at any time. Not from a signal handler:
//   jitterentropy allocates.
// - Fork: a child may call at any time, also when threads of its parent were inside. It sees none of the parent's
//   bytes, claims or collectors. Where a signal handler forks in the middle of a draw, the child's copy of that draw
//   starts again.
// - Failure: after an intermittent failure the start-up test is run again, and then a fresh collector is made. A
//   permanent failure, and intermittent ones too often for chance (failure_window.h), are latched: that call and every
//   later one fails with it, in children too. Nothing else is tried.
// - No exception, no heap but jitterentropy's own, no mutex, no thread that stays. Calls are no cancellation points.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.h"
#include "entropy/collector_set.h"
#include "entropy/counters.h"
#include "entropy/failure_window.h"
#include "entropy/fork_wiped_memory.h"
#include "entropy/generation.h"
#include "entropy/noise_source.h"
#include "entropy/seed_pool.h"
#include "entropy/source_error.h"

namespace kif::entropy {

inline constexpr std::size_t k_max_pool_bytes = 65536;

/// What a draw may be made of.
enum class Blocks {
  any,   ///< bytes held ready first
  fresh, ///< only blocks that are made after the call: prediction resistance (SP 800-90A §8.8)
};

class SeedSource {
public:
  struct Options {
    std::size_t pool_bytes = 64; ///< kept ready at most: rounded up to whole blocks, cut at k_max_pool_bytes; 0: none
    ClockFunction clock = read_kernel_clocks;
    void* clock_context = nullptr;
  };

  /// `noise` must outlive the source. Where there is no memory, every call fails with no_memory.
  SeedSource(NoiseSource& noise, const Options& options) noexcept;
  ~SeedSource();
  SeedSource(const SeedSource&) = delete;
  SeedSource& operator=(const SeedSource&) = delete;

  /// Runs the start-up test, if it has not passed since the last failure, and sees to it that a collector is there or
  /// in use.
  [[nodiscard]] SourceError prepare() noexcept;

  /// Sees to it that `bytes` bytes, at most the pool's capacity, are ready.
  [[nodiscard]] SourceError fill(std::size_t bytes) noexcept;

  /// Fills all of `out`, from the pool first, then with new blocks; on failure `out` is wiped. A block takes about 20
  /// ms, and longer where threads outnumber collectors.
  [[nodiscard]] SourceError draw(std::span<std::byte> out, Blocks blocks = Blocks::any) noexcept;

  /// There was a sign that this machine is a copy of another one that holds the same memory: all bytes held are void,
  /// and the start-up test is run again before the next block is made.
  void renew() noexcept;

  Counters counters() const noexcept;

  /// Bytes that can be kept ready: 0 also where the kernel does not wipe memory on fork.
  std::size_t pool_capacity() const noexcept { return m_pool.capacity(); }

  /// All memory in which bytes are kept.
  std::span<const std::byte> memory_for_testing() const noexcept { return m_memory.bytes(); }

private:
  struct Shared;

  /// The generation now: a new one in a process that has just been forked.
  Generation generation() noexcept;
  /// Ends `ending`, if it has not ended yet, and wipes all that is held. Whether it was this call that ended it.
  bool end_generation(Generation ending) noexcept;
  /// A generation in which bytes may be drawn: the clocks have been looked at.
  Generation begin() noexcept;
  bool startup_passed() const noexcept;
  SourceError pass_startup_test() noexcept;
  CollectorClaim wait_for_collector(Generation began) noexcept;
  /// One block, and its credit, with fresh collectors as far as `fresh_left` goes. Where a fork came in the middle
  /// there is neither block nor credit: the caller finds the generation changed.
  SourceError make_block(std::span<std::byte, k_block_bytes> block, Generation began, unsigned& fresh_left) noexcept;
  /// Fills `out`. Void where the generation is not `began` any more afterwards; of what lies in `out`, `gathered` bytes
  /// were credited.
  SourceError gather(std::span<std::byte> out, Blocks blocks, Generation began, unsigned& fresh_left,
                     std::size_t& gathered) noexcept;
  void keep(std::span<const std::byte> bytes, Generation began) noexcept;
  SourceError failed(SourceError error) noexcept;
  /// failed() for one block: an intermittent failure puts the source in doubt and uses up one of `fresh_left`.
  SourceError block_failed(SourceError error, unsigned& fresh_left) noexcept;
  SourceError latched() const noexcept { return m_latched.load(std::memory_order_acquire); }

  NoiseSource& m_noise;
  ClockFunction m_clock;
  void* m_clock_context;

  // Forgotten by a forked child.
  ForkWipedMemory m_memory;
  Shared* m_shared = nullptr;
  CollectorSet m_collectors;
  SeedPool m_pool;

  // Inherited by a forked child.
  std::atomic<std::uint32_t> m_last_process{0};
  /// Intermittent failures so far, and that number + 1 when the start-up test that passed last began: the source is
  /// trusted while the second is larger.
  std::atomic<std::uint32_t> m_doubts{0};
  std::atomic<std::uint32_t> m_trusted{0};
  std::atomic<SourceError> m_latched{SourceError::none};
};

} // namespace kif::entropy
