// SPDX-License-Identifier: Apache-2.0
// Seed bytes for DRBGs: blocks of a noise source, each byte handed out once, in this process and in all that are forked
// from it.
//
// - Threads: draw, fill, prepare and counters may be called from any thread at any time. Not from a signal handler:
//   jitterentropy allocates.
// - Fork: a child may call at any time, also when threads of its parent were inside. It sees none of the parent's
//   bytes, claims or collectors. Where a signal handler forks in the middle of a draw, the child's copy of that draw
//   starts again.
// - Failure: a permanent failure of the source is latched: that call and every later one fails with it, in children
//   too. Nothing else is tried.
// - No exception, no heap but jitterentropy's own, no mutex, no thread that stays. Calls are no cancellation points.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "entropy/clock.h"
#include "entropy/collector_set.h"
#include "entropy/counters.h"
#include "entropy/fork_wiped_memory.h"
#include "entropy/generation.h"
#include "entropy/noise_source.h"
#include "entropy/seed_pool.h"
#include "entropy/source_error.h"

namespace kif::entropy {

inline constexpr std::size_t k_max_pool_bytes = 65536;

/// Fresh collectors that one request may use up over intermittent failures. A test fails a good source by chance once
/// in 2^30 windows, so three in a row are no chance; more would only make a broken source slower to report.
inline constexpr unsigned k_max_fresh_collectors = 3;

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

  /// Runs the start-up test, if it has not passed yet, and sees to it that a collector is there or in use.
  [[nodiscard]] SourceError prepare() noexcept;

  /// Sees to it that `bytes` bytes, at most the pool's capacity, are ready.
  [[nodiscard]] SourceError fill(std::size_t bytes) noexcept;

  /// Fills all of `out`, from the pool first, then with new blocks; on failure `out` is wiped. A block takes about 20
  /// ms, and longer where threads outnumber collectors.
  [[nodiscard]] SourceError draw(std::span<std::byte> out) noexcept;

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
  SourceError pass_startup_test() noexcept;
  CollectorClaim wait_for_collector(Generation began) noexcept;
  /// One block, and its credit. An intermittent failure uses up one of `fresh_left`. Where a fork came in the middle
  /// there is neither block nor credit: the caller finds the generation changed.
  SourceError make_block(std::span<std::byte, k_block_bytes> block, Generation began, unsigned& fresh_left) noexcept;
  /// Fills `out`. Void where the generation is not `began` any more afterwards; of what lies in `out`, `gathered` bytes
  /// were credited.
  SourceError gather(std::span<std::byte> out, Generation began, unsigned& fresh_left, std::size_t& gathered) noexcept;
  void keep(std::span<const std::byte> bytes, Generation began) noexcept;
  SourceError failed(SourceError error) noexcept;
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
  std::atomic<bool> m_startup_passed{false};
  std::atomic<SourceError> m_latched{SourceError::none};
};

} // namespace kif::entropy
