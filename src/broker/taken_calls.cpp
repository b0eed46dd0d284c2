// SPDX-License-Identifier: Apache-2.0
#include "broker/taken_calls.h"

#include <memory>

#include <sys/mman.h>

namespace kif::broker {

TakenCalls::TakenCalls() {
  void* memory = ::mmap(nullptr, sizeof(Slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED)
    m_slots = std::construct_at(static_cast<Slots*>(memory));
}

TakenCalls::~TakenCalls() {
  if (m_slots != nullptr)
    ::munmap(m_slots, sizeof(Slots));
}

void TakenCalls::take(std::size_t thread, std::uint64_t id) noexcept {
  if (m_slots == nullptr)
    return;
  m_slots->taken[thread].store(id);
  m_slots->last.store(id);
}

void TakenCalls::give_back(std::size_t thread) noexcept {
  if (m_slots != nullptr)
    m_slots->taken[thread].store(0);
}

bool TakenCalls::park(std::uint64_t id) noexcept {
  if (m_slots == nullptr)
    return true; // there is no guard to tell
  for (auto& place : m_slots->parked) {
    std::uint64_t none = 0;
    if (place.compare_exchange_strong(none, id))
      return true;
  }
  return false;
}

void TakenCalls::unpark(std::uint64_t id) noexcept {
  if (m_slots == nullptr)
    return;
  for (auto& place : m_slots->parked) {
    std::uint64_t expected = id;
    if (place.compare_exchange_strong(expected, 0))
      return;
  }
}

std::vector<std::uint64_t> TakenCalls::candidates() const {
  constexpr std::uint64_t k_not_noted = 2 * k_answering_threads;
  std::vector<std::uint64_t> ids;
  if (m_slots == nullptr)
    return ids;
  const auto add = [&ids](const auto& places) {
    for (const auto& id : places)
      if (id != 0)
        ids.push_back(id);
  };
  add(m_slots->taken);
  add(m_slots->parked);
  if (const std::uint64_t last = m_slots->last; last != 0)
    for (std::uint64_t next = 1; next <= k_not_noted; ++next)
      ids.push_back(last + next);
  return ids;
}

} // namespace kif::broker
