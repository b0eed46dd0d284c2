// SPDX-License-Identifier: Apache-2.0
#include "entropy/seed_source.h"

#include <algorithm>
#include <memory>

#include <time.h>

#include "base/wipe.h"
#include "entropy/backoff.h"
#include "entropy/cancellation.h"
#include "entropy/tally.h"

namespace kif::entropy {

/// What a child must not inherit. The pool's slots follow it in the same mapping. All of zeros is the initial state.
struct SeedSource::Shared {
  std::atomic<Generation> generation;
  std::atomic<Generation> startup_runner; ///< 0: nobody; else the generation in which a thread began the start-up test
  ClockWatch clock_watch;
  FailureWindow window;
  Tally tally;
  std::array<CollectorSlot, k_max_collectors> collectors;
};

namespace {

std::size_t slots_for(std::size_t pool_bytes) noexcept {
  return (std::min(pool_bytes, k_max_pool_bytes) + k_block_bytes - 1) / k_block_bytes;
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace

SeedSource::SeedSource(NoiseSource& noise, const Options& options) noexcept
    : m_noise(noise), m_clock(options.clock), m_clock_context(options.clock_context),
      m_memory(sizeof(Shared) + slots_for(options.pool_bytes) * sizeof(PoolSlot)) {
  static_assert(sizeof(Shared) % alignof(PoolSlot) == 0 && alignof(Shared) <= 4096);
  if (m_memory.bytes().empty())
    return;
  m_shared = std::construct_at(reinterpret_cast<Shared*>(m_memory.bytes().data()));
  m_collectors = CollectorSet(noise, std::span(m_shared->collectors).first(usable_collectors()));
  if (!m_memory.wiped_by_kernel())
    return; // Then no byte may rest there: the pool has no slots.
  const std::span slots(reinterpret_cast<PoolSlot*>(m_memory.bytes().data() + sizeof(Shared)),
                        slots_for(options.pool_bytes));
  for (PoolSlot& slot : slots)
    std::construct_at(&slot);
  m_pool = SeedPool(slots);
}

SeedSource::~SeedSource() {
  if (m_shared == nullptr)
    return;
  m_memory.wipe_if_forked();
  m_collectors.free_all();
}

Generation SeedSource::generation() noexcept {
  m_memory.wipe_if_forked();
  Generation now = m_shared->generation.load();
  while (now == 0) {
    const std::uint32_t process = m_last_process.fetch_add(1, std::memory_order_relaxed) + 1;
    const Generation first = static_cast<Generation>(process) << k_generation_process_shift;
    if (m_shared->generation.compare_exchange_strong(now, first))
      now = first;
  }
  return now;
}

bool SeedSource::end_generation(Generation ending) noexcept {
  const bool ended = m_shared->generation.compare_exchange_strong(ending, ending + 1);
  m_shared->tally.discarded(m_pool.wipe_other_generations(generation()));
  return ended;
}

Generation SeedSource::begin() noexcept {
  if (m_shared->clock_watch.moved(m_clock(m_clock_context)))
    renew();
  return generation();
}

void SeedSource::renew() noexcept {
  if (m_shared == nullptr)
    return;
  m_doubts.fetch_add(1);
  if (end_generation(generation()))
    m_shared->tally.discontinuity();
}

SourceError SeedSource::failed(SourceError error) noexcept {
  m_shared->tally.failed(error);
  if (is_permanent(error)) {
    SourceError none = SourceError::none;
    m_latched.compare_exchange_strong(none, error);
    end_generation(generation());
    return latched();
  }
  return error;
}

SourceError SeedSource::block_failed(SourceError error, unsigned& fresh_left) noexcept {
  if (!is_intermittent(error))
    return failed(error);
  m_doubts.fetch_add(1);
  failed(error);
  if (m_shared->window.failed() || fresh_left == 0)
    return failed(too_often(error));
  --fresh_left;
  return error;
}

bool SeedSource::startup_passed() const noexcept {
  return m_trusted.load(std::memory_order_acquire) > m_doubts.load(std::memory_order_acquire);
}

SourceError SeedSource::pass_startup_test() noexcept {
  Backoff backoff;
  while (!startup_passed()) {
    if (latched() != SourceError::none)
      return latched();
    const Generation now = generation();
    Generation runner = 0;
    if (!m_shared->startup_runner.compare_exchange_strong(runner, now)) {
      backoff.pause();
      continue;
    }
    SourceError error = SourceError::none;
    if (!startup_passed() && latched() == SourceError::none) {
      // Read before the test: a failure that another thread meets while it runs asks for one more.
      const std::uint32_t doubts = m_doubts.load(std::memory_order_acquire);
      error = m_noise.startup_test();
      if (error == SourceError::none) {
        m_trusted.store(doubts + 1, std::memory_order_release);
        m_shared->tally.startup_test_passed();
      } else {
        error = failed(error);
      }
    }
    runner = now;
    m_shared->startup_runner.compare_exchange_strong(runner, 0);
    if (error != SourceError::none)
      return error;
  }
  return latched();
}

SourceError SeedSource::prepare() noexcept {
  if (m_shared == nullptr)
    return SourceError::no_memory;
  const CancellationDisabled cancellation_disabled;
  if (const SourceError error = pass_startup_test(); error != SourceError::none)
    return error;
  CollectorClaim claim = m_collectors.try_claim(generation());
  if (!claim || claim.collector() != nullptr)
    return latched();
  if (const SourceError error = claim.make_if_none(); error != SourceError::none)
    return failed(error);
  m_shared->tally.collector_made();
  return latched();
}

CollectorClaim SeedSource::wait_for_collector(Generation began) noexcept {
  for (Backoff backoff;; backoff.pause()) {
    // Where the kernel does not wipe, this call does: in a child, what threads of the parent have claimed would be
    // claimed for ever.
    (void)generation();
    if (CollectorClaim claim = m_collectors.try_claim(began))
      return claim;
  }
}

SourceError SeedSource::make_block(std::span<std::byte, k_block_bytes> block, Generation began,
                                   unsigned& fresh_left) noexcept {
  CollectorClaim claim = wait_for_collector(began);
  for (;;) {
    if (const SourceError error = pass_startup_test(); error != SourceError::none)
      return error;
    if (claim.collector() == nullptr) {
      if (const SourceError error = claim.make_if_none(); error != SourceError::none)
        return failed(error);
      m_shared->tally.collector_made();
    }
    if (!same_process(generation(), began))
      return SourceError::none; // a fork under this call: the collector is a copy of the parent's, and the caller sees
                                // that all is void
    const std::int64_t started_ns = monotonic_ns();
    const SourceError error = m_noise.read_block(claim.collector(), block);
    if (error == SourceError::none) {
      if (same_process(generation(), began)) {
        m_shared->window.passed();
        m_shared->tally.block_credited(monotonic_ns() - started_ns);
      }
      return SourceError::none;
    }
    wipe(block);
    claim.drop();
    if (const SourceError verdict = block_failed(error, fresh_left); !is_intermittent(verdict))
      return verdict;
  }
}

void SeedSource::keep(std::span<const std::byte> bytes, Generation began) noexcept {
  const std::size_t kept = m_pool.store(bytes, began);
  m_shared->tally.discarded(bytes.size() - kept);
}

SourceError SeedSource::gather(std::span<std::byte> out, Blocks blocks, Generation began, unsigned& fresh_left,
                               std::size_t& gathered) noexcept {
  gathered = blocks == Blocks::any ? m_pool.take(out, began) : 0;
  while (gathered < out.size()) {
    WipingArray<k_block_bytes> block;
    if (const SourceError error = make_block(block.bytes(), began, fresh_left); error != SourceError::none)
      return error;
    if (const Generation now = generation(); now != began) {
      // A block made before a fork is the parent's, and was not credited here.
      if (same_process(now, began))
        m_shared->tally.discarded(k_block_bytes);
      break; // draw() sees it too
    }
    const std::size_t size = std::min(out.size() - gathered, k_block_bytes);
    std::copy_n(block.bytes().begin(), size, out.subspan(gathered).begin());
    gathered += size;
    keep(block.bytes().subspan(size), began);
  }
  return SourceError::none;
}

SourceError SeedSource::draw(std::span<std::byte> out, Blocks blocks) noexcept {
  if (m_shared == nullptr) {
    wipe(out);
    return SourceError::no_memory;
  }
  const CancellationDisabled cancellation_disabled;
  unsigned fresh_left = k_max_fresh_collectors;
  // Once, and again only after a new generation: a fork under this very draw, or a discontinuity that another thread
  // met.
  for (;;) {
    SourceError error = pass_startup_test();
    const Generation began = begin();
    std::size_t gathered = 0;
    if (error == SourceError::none)
      error = gather(out, blocks, began, fresh_left, gathered);
    const Generation now = generation();
    if (error == SourceError::none && now == began) {
      m_shared->tally.handed_out(out.size());
      return SourceError::none;
    }
    wipe(out);
    if (same_process(now, began))
      m_shared->tally.discarded(gathered);
    if (now != began)
      m_shared->tally.discarded(m_pool.wipe_other_generations(now));
    if (error != SourceError::none)
      return error;
  }
}

SourceError SeedSource::fill(std::size_t bytes) noexcept {
  if (m_shared == nullptr)
    return SourceError::no_memory;
  const CancellationDisabled cancellation_disabled;
  unsigned fresh_left = k_max_fresh_collectors;
  for (;;) { // as in draw()
    if (const SourceError error = pass_startup_test(); error != SourceError::none)
      return error;
    const Generation began = begin();
    Generation now = began;
    while (now == began && m_pool.held() < std::min(bytes, m_pool.capacity())) {
      WipingArray<k_block_bytes> block;
      if (const SourceError error = make_block(block.bytes(), began, fresh_left); error != SourceError::none)
        return error;
      now = generation();
      if (now == began)
        keep(block.bytes(), began);
      else if (same_process(now, began))
        m_shared->tally.discarded(k_block_bytes);
    }
    now = generation();
    if (now == began)
      return latched();
    m_shared->tally.discarded(m_pool.wipe_other_generations(now));
  }
}

Counters SeedSource::counters() const noexcept {
  Counters counters;
  if (m_shared != nullptr) {
    m_memory.wipe_if_forked();
    counters = m_shared->tally.snapshot();
    counters.bytes_held = m_pool.held();
  }
  counters.latched = latched();
  return counters;
}

} // namespace kif::entropy
