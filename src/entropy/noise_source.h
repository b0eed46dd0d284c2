// SPDX-License-Identifier: Apache-2.0
// What a SeedSource draws blocks from: jitterentropy in a running program, a mock in tests.
#pragma once

#include <cstddef>
#include <span>

#include "entropy/source_error.h"

namespace kif::entropy {

/// Bytes of one block of full entropy: jitterentropy conditions with SHA3-256, from 3.7 on with XDRBG-256, and collects
/// (256 + 64) · osr samples for each (SP 800-90B §3.1.5; the 64 are the safety margin of SP 800-90C for full entropy;
/// the argument for each stage stands in docs/design/0002-seed-source.md).
inline constexpr std::size_t k_block_bytes = 32;

/// A collector is named by an opaque pointer and not by an object with a destructor: collectors are referred to from
/// memory that a forked child sees as zeros, where no destructor can run, and no object of ours is allocated while
/// bytes are drawn.
struct CollectorHandle;

/// Thread-safe, but for two calls with the same collector at once and two start-up tests at once: SeedSource sees to
/// both. (jitterentropy's start-up test writes what collectors read when they are made: a flag, and the timer's common
/// divisor. Each is one word, and the same one each time that the test passes.)
class NoiseSource {
public:
  NoiseSource() = default;
  NoiseSource(const NoiseSource&) = delete;
  NoiseSource& operator=(const NoiseSource&) = delete;
  virtual ~NoiseSource() = default;

  /// The source's start-up tests (SP 800-90B §4.2). May be repeated.
  virtual SourceError startup_test() noexcept = 0;

  /// Makes a collector: an even address. On failure `collector` is unchanged.
  virtual SourceError new_collector(CollectorHandle*& collector) noexcept = 0;

  /// One block; on failure the content of `block` is undefined and the collector good for nothing but free_collector().
  virtual SourceError read_block(CollectorHandle* collector, std::span<std::byte, k_block_bytes> block) noexcept = 0;

  virtual void free_collector(CollectorHandle* collector) noexcept = 0;

protected:
  NoiseSource(NoiseSource&&) = default;
  NoiseSource& operator=(NoiseSource&&) = default;
};

} // namespace kif::entropy
