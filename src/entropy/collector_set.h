// SPDX-License-Identifier: Apache-2.0
// The collectors of this process, in memory that a fork wipes: a child finds none and makes its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "entropy/generation.h"
#include "entropy/noise_source.h"

namespace kif::entropy {

/// A collector needs a processor for itself while it works, so more of them than processors only wait; 8 of them make
/// 11 kB/s, which is more than a program seeds, and hold 1 MiB.
inline constexpr std::size_t k_max_collectors = 8;

/// How many collectors this process may use: its processors (sched_getaffinity), 1 to k_max_collectors.
std::size_t usable_collectors() noexcept;

/// One word says all: 0, free without a collector; even, a free collector's address; odd, claimed: generation << 1 | 1.
/// That a claim ends and that its collector becomes another thread's is thereby one step, which fails in a child where
/// the word was wiped. All of zeros is the initial state.
struct alignas(64) CollectorSlot {
  std::atomic<std::uint64_t> word;
};

/// The right to use one slot's collector, given back on destruction. Move-only.
class CollectorClaim {
public:
  CollectorClaim() noexcept = default;
  CollectorClaim(NoiseSource& noise, CollectorSlot& slot, std::uint64_t claimed, CollectorHandle* collector) noexcept
      : m_noise(&noise), m_slot(&slot), m_claimed(claimed), m_collector(collector) {}
  CollectorClaim(CollectorClaim&& other) noexcept;
  CollectorClaim& operator=(CollectorClaim&&) = delete;
  ~CollectorClaim();

  explicit operator bool() const noexcept { return m_slot != nullptr; }
  CollectorHandle* collector() const noexcept { return m_collector; }

  /// Makes the collector, where there is none.
  SourceError make_if_none() noexcept;
  /// Frees the collector: after a failure it is good for nothing.
  void drop() noexcept;

private:
  NoiseSource* m_noise = nullptr;
  CollectorSlot* m_slot = nullptr;
  std::uint64_t m_claimed = 0;
  CollectorHandle* m_collector = nullptr;
};

/// A view of the slots.
class CollectorSet {
public:
  CollectorSet() noexcept = default;
  CollectorSet(NoiseSource& noise, std::span<CollectorSlot> slots) noexcept : m_noise(&noise), m_slots(slots) {}

  /// Claims a free slot, one with a collector first; an empty claim where all are in use.
  CollectorClaim try_claim(Generation generation) const noexcept;

  /// Frees all collectors. No claim may be held.
  void free_all() noexcept;

private:
  NoiseSource* m_noise = nullptr;
  std::span<CollectorSlot> m_slots;
};

} // namespace kif::entropy
