// SPDX-License-Identifier: Apache-2.0
#include "mock_noise_source.h"

#include <cstring>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace kif::entropy {

void MockNoiseSource::Unmap::operator()(std::atomic<std::uint64_t>* number) const noexcept {
  ::munmap(number, sizeof *number);
}

MockNoiseSource::MockNoiseSource() {
  void* const memory =
      ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  m_next_block.reset(std::construct_at(static_cast<std::atomic<std::uint64_t>*>(memory), 1));
}

void MockNoiseSource::fail(Point point, SourceError error, std::uint64_t first, std::uint64_t times) {
  m_rules[point].first = first;
  m_rules[point].times = times;
  m_rules[point].error = error;
}

SourceError MockNoiseSource::enter(Point point) {
  const std::uint64_t call = ++m_calls[point];
  const Rule& rule = m_rules[point];
  return call >= rule.first && call - rule.first < rule.times ? rule.error.load() : SourceError::none;
}

void MockNoiseSource::leave(Point point) {
  if (hook)
    hook(point);
}

SourceError MockNoiseSource::startup_test() noexcept {
  const SourceError error = enter(startup);
  leave(startup);
  return error;
}

SourceError MockNoiseSource::new_collector(CollectorHandle*& made) noexcept {
  const SourceError error = enter(collector);
  if (error == SourceError::none) {
    Slot& slot = m_slots->at(m_made++);
    slot.maker = ::getpid();
    slot.state = Slot::idle;
    const int alive = ++m_alive;
    int most = m_most_alive;
    while (most < alive && !m_most_alive.compare_exchange_weak(most, alive)) {
    }
    made = reinterpret_cast<CollectorHandle*>(&slot);
  }
  leave(collector);
  return error;
}

SourceError MockNoiseSource::read_block(CollectorHandle* used, std::span<std::byte, k_block_bytes> block) noexcept {
  Slot& slot = *reinterpret_cast<Slot*>(used);
  // Relaxed: what orders two reads must be the seed source, not the mock.
  if (slot.state.exchange(Slot::busy, std::memory_order_relaxed) != Slot::idle || slot.maker != ::getpid())
    ++m_violations;
  ++slot.reads;
  const SourceError error = enter(read);
  if (error == SourceError::none) {
    const std::uint64_t number = (*m_next_block)++;
    for (std::size_t i = 0; i < k_block_bytes / 8; ++i) {
      const std::uint64_t word = mock_word(number, i);
      std::memcpy(block.data() + 8 * i, &word, 8);
    }
  }
  leave(read);
  slot.state.store(Slot::idle, std::memory_order_relaxed);
  return error;
}

void MockNoiseSource::free_collector(CollectorHandle* freed) noexcept {
  if (reinterpret_cast<Slot*>(freed)->state.exchange(Slot::freed) != Slot::idle)
    ++m_violations;
  --m_alive;
}

std::uint64_t mock_word(std::uint64_t block_number, std::size_t index) {
  // splitmix64: a bijection, so that distinct numbers give distinct words.
  std::uint64_t word = (block_number * 4 + index) * 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

} // namespace kif::entropy
