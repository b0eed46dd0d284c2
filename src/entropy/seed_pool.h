// SPDX-License-Identifier: Apache-2.0
// The bytes that are ready: slots of one block each, in memory that a fork wipes. All of zeros is the initial state.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "entropy/generation.h"
#include "entropy/noise_source.h"

namespace kif::entropy {

/// A slot is a stack of at most 32 bytes: what is left lies at its end, [32 − left, 32). Whoever holds its word's claim
/// owns the bytes. A claim lasts for a copy of at most 32 bytes, never while a block is made.
struct alignas(64) PoolSlot {
  std::atomic<std::uint64_t> word; ///< generation << 8 | claimed << 7 | left
  std::array<std::byte, k_block_bytes> bytes;
};

/// A view of the slots. Threads: all functions, at once. Nobody waits: a slot that another thread has claimed is passed
/// over.
class SeedPool {
public:
  SeedPool() noexcept = default;
  explicit SeedPool(std::span<PoolSlot> slots) noexcept : m_slots(slots) {}

  std::size_t capacity() const noexcept { return m_slots.size() * k_block_bytes; }

  /// Bytes in the slots, of whatever generation.
  std::size_t held() const noexcept;

  /// Moves bytes of this generation into a front part of `out`, wiping them behind itself; how many. What it gave is
  /// void if a fork or a new generation came in the middle: the caller compares generations afterwards.
  std::size_t take(std::span<std::byte> out, Generation generation) noexcept;

  /// Puts a front part of `bytes` where there is room; how many. The caller wipes its copy, and calls
  /// wipe_other_generations() if the generation has changed meanwhile.
  std::size_t store(std::span<const std::byte> bytes, Generation generation) noexcept;

  /// Wipes what is of another generation; how many bytes.
  std::size_t wipe_other_generations(Generation generation) noexcept;

private:
  std::span<PoolSlot> m_slots;
};

} // namespace kif::entropy
