// SPDX-License-Identifier: Apache-2.0
#include "entropy/collector_set.h"

#include <algorithm>

#include <sched.h>

namespace kif::entropy {

namespace {

constexpr std::uint64_t k_claimed = 1;

std::uint64_t word_of(CollectorHandle* collector) noexcept {
  return reinterpret_cast<std::uintptr_t>(collector);
}
CollectorHandle* collector_of(std::uint64_t word) noexcept {
  return reinterpret_cast<CollectorHandle*>(static_cast<std::uintptr_t>(word)); // NOLINT(performance-no-int-to-ptr)
}

} // namespace

std::size_t usable_collectors() noexcept {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  // Fails on machines with more than 1024 processors, where 8 is right as well.
  if (::sched_getaffinity(0, sizeof processors, &processors) != 0)
    return k_max_collectors;
  return std::clamp(static_cast<std::size_t>(CPU_COUNT(&processors)), std::size_t{1}, k_max_collectors);
}

CollectorClaim::CollectorClaim(CollectorClaim&& other) noexcept
    : m_noise(other.m_noise), m_slot(std::exchange(other.m_slot, nullptr)), m_claimed(other.m_claimed),
      m_collector(std::exchange(other.m_collector, nullptr)) {}

CollectorClaim::~CollectorClaim() {
  if (m_slot == nullptr)
    return;
  std::uint64_t expected = m_claimed;
  if (!m_slot->word.compare_exchange_strong(expected, word_of(m_collector), std::memory_order_release,
                                            std::memory_order_relaxed))
    // A child, forked by a signal handler under this very claim: the collector is a copy of the parent's, and this
    // thread's alone.
    drop();
}

SourceError CollectorClaim::make_if_none() noexcept {
  return m_collector == nullptr ? m_noise->new_collector(m_collector) : SourceError::none;
}

void CollectorClaim::drop() noexcept {
  if (m_collector != nullptr)
    m_noise->free_collector(std::exchange(m_collector, nullptr));
}

CollectorClaim CollectorSet::try_claim(Generation generation) const noexcept {
  const std::uint64_t claimed = generation << 1 | k_claimed;
  for (const bool made : {true, false})
    for (CollectorSlot& slot : m_slots) {
      std::uint64_t word = slot.word.load(std::memory_order_relaxed);
      if ((word & k_claimed) == 0 && (word != 0) == made &&
          slot.word.compare_exchange_strong(word, claimed, std::memory_order_acquire, std::memory_order_relaxed))
        return {*m_noise, slot, claimed, collector_of(word)};
    }
  return {};
}

void CollectorSet::free_all() noexcept {
  for (CollectorSlot& slot : m_slots) {
    const std::uint64_t word = slot.word.exchange(0);
    if (word != 0 && (word & k_claimed) == 0)
      m_noise->free_collector(collector_of(word));
  }
}

} // namespace kif::entropy
