// SPDX-License-Identifier: Apache-2.0
// Seed bytes for DRBGs: blocks of a noise source, each byte handed out once, in this process and all that fork from it.
//
// Threads: every function may be called from any thread at any time; not from a signal handler (jitterentropy
// allocates), nor while the object goes. Fork:    a child may call at any time, also when another thread of the parent
// was inside. It sees none of the parent's bytes, locks or
//          collectors. A fork from a signal handler in the middle of a draw makes the child's copy of that draw start
//          again.
// Failure: a permanent failure of the source is latched: this and every later call fails with it, in children too.
// Nothing else is tried. No exceptions, no heap but jitterentropy's own, no thread that stays, no mutex.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "entropy/clock.h"
#include "entropy/counters.h"
#include "entropy/noise_source.h"
#include "entropy/source_error.h"

namespace kif::entropy {

inline constexpr std::size_t k_max_pool_bytes = 65536;

class SeedSource {
public:
  struct Options {
    std::size_t pool_bytes =
        64; ///< at most so many bytes are kept ready: rounded up to whole blocks, cut at k_max_pool_bytes; 0: none
    ClockFunction clock = read_kernel_clocks;
    void* clock_context = nullptr;
  };

  /// `noise` must outlive the source.
  SeedSource(NoiseSource& noise, const Options& options) noexcept;
  ~SeedSource();
  SeedSource(const SeedSource&) = delete;
  SeedSource& operator=(const SeedSource&) = delete;

  /// Runs the start-up test, if that was not done yet, and makes one collector, if there is none.
  [[nodiscard]] SourceError prepare() noexcept;

  /// Sees to it that `bytes` bytes, but at most the pool's size, are ready.
  [[nodiscard]] SourceError fill(std::size_t bytes) noexcept;

  /// Fills all of `out`, first from the pool, then with new blocks; on failure `out` is wiped. May take 22 ms for each
  /// 32 bytes, more where threads outnumber processors.
  [[nodiscard]] SourceError draw(std::span<std::byte> out) noexcept;

  Counters counters() const noexcept;

  /// Bytes that can be kept ready; 0 also where memory cannot be had that the kernel wipes on fork.
  std::size_t pool_capacity() const noexcept;
};

} // namespace kif::entropy
