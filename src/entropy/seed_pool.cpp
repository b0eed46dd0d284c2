// SPDX-License-Identifier: Apache-2.0
#include "entropy/seed_pool.h"

#include <algorithm>

#include "base/wipe.h"

namespace kif::entropy {

namespace {

constexpr unsigned k_generation_shift = 8;
constexpr std::uint64_t k_claimed = 0x80;
constexpr std::uint64_t k_left_mask = 0x3f;

std::size_t left_in(std::uint64_t word) noexcept {
  return word & k_left_mask;
}
Generation generation_of(std::uint64_t word) noexcept {
  return word >> k_generation_shift;
}

std::uint64_t word_of(Generation generation, std::size_t left) noexcept {
  return generation << k_generation_shift | left;
}

// Sequentially consistent, as are the loads and stores of the generation: whoever stores bytes of a generation that is
// just ending either sees the new one afterwards, or is seen here by the thread that began it.
bool claim(PoolSlot& slot, std::uint64_t& word) noexcept {
  return slot.word.compare_exchange_strong(word, word | k_claimed);
}

// The expected value is the claim itself: where a fork has wiped the slot under its owner (a fork from a signal
// handler, seen from the child), the word is another one, and what the owner wrote stays unreachable.
void release(PoolSlot& slot, std::uint64_t claimed_from, std::uint64_t word) noexcept {
  std::uint64_t expected = claimed_from | k_claimed;
  (void)slot.word.compare_exchange_strong(expected, word);
}

} // namespace

std::size_t SeedPool::held() const noexcept {
  std::size_t held = 0;
  for (const PoolSlot& slot : m_slots)
    held += left_in(slot.word.load(std::memory_order_relaxed));
  return held;
}

std::size_t SeedPool::take(std::span<std::byte> out, Generation generation) noexcept {
  std::size_t taken = 0;
  for (PoolSlot& slot : m_slots) {
    if (taken == out.size())
      break;
    std::uint64_t word = slot.word.load(std::memory_order_relaxed);
    const std::size_t left = left_in(word);
    if (left == 0 || (word & k_claimed) != 0 || generation_of(word) != generation || !claim(slot, word))
      continue;
    const std::size_t size = std::min(left, out.size() - taken);
    const auto bytes = std::span(slot.bytes).last(left).first(size);
    std::copy(bytes.begin(), bytes.end(), out.subspan(taken).begin());
    wipe(bytes);
    release(slot, word, word_of(generation, left - size));
    taken += size;
  }
  return taken;
}

std::size_t SeedPool::store(std::span<const std::byte> bytes, Generation generation) noexcept {
  std::size_t stored = 0;
  for (PoolSlot& slot : m_slots) {
    if (stored == bytes.size())
      break;
    std::uint64_t word = slot.word.load(std::memory_order_relaxed);
    const std::size_t left = left_in(word);
    if (left == k_block_bytes || (word & k_claimed) != 0 || (left != 0 && generation_of(word) != generation) ||
        !claim(slot, word))
      continue;
    const std::size_t size = std::min(k_block_bytes - left, bytes.size() - stored);
    const auto source = bytes.subspan(stored, size);
    std::copy(source.begin(), source.end(), std::span(slot.bytes).first(k_block_bytes - left).last(size).begin());
    release(slot, word, word_of(generation, left + size));
    stored += size;
  }
  return stored;
}

std::size_t SeedPool::wipe_other_generations(Generation generation) noexcept {
  std::size_t wiped = 0;
  for (PoolSlot& slot : m_slots) {
    std::uint64_t word = slot.word.load();
    if (left_in(word) == 0 || (word & k_claimed) != 0 || generation_of(word) == generation || !claim(slot, word))
      continue;
    wipe(slot.bytes);
    release(slot, word, word_of(generation, 0));
    wiped += left_in(word);
  }
  return wiped;
}

} // namespace kif::entropy
