// SPDX-License-Identifier: Apache-2.0
// When intermittent failures are no chance any more.
//
// jitterentropy counts to its permanent cutoffs only while one collector goes on, and its read ends at the first
// intermittent failure; a fresh collector counts from zero. So whoever makes fresh collectors must do the counting.
//
// The false-alarm probability of one block, p. jitterentropy's cutoffs (jitterentropy-health.c) are for
//   repetition count        α = 2^-30 for each sample                 (SP 800-90B §4.4.1)
//   adaptive proportion     α = 2^-30 for each window of 512 samples  (§4.4.2)
//   lag predictor           α = 2^-22 for each of two cutoffs in a window of 131072 samples
//   repetition count with memory (from 3.7 on): four standard deviations, 2^-15 for a block; the failure is a second
//                           alarm within the ten blocks after it, 2^-15 · 10 · 2^-15 < 2^-20, §4.3's upper end
// A block takes (256 + 64) · osr samples: 6400 at osr 20, the most that can be set. Hence
//   p <= 6400 · 2^-30 + 13 · 2^-30 + 2 · 2^-22 · 6400 / 131072 + 2^-20 = 2^-17.13 < 2^-17.
//
// Two bounds, both at four failures; each gives a false verdict far below §4.3's range for α (2^-20 to 2^-40), as a
// verdict that stays must (jitterentropy squares α for its own):
//   four of the last 64 blocks    C(64, 4) · p^4 = 2^-48.7 for a window, p · C(63, 3) · p^3 = 2^-52.7 for a block:
//                                 2^-24 in a year of ten blocks a second
//   four in one request           C(131, 4) · p^4 = 2^-44.5 for 128 blocks, which are 4096 bytes: an upcall asks for
//                                 no more
// What they find: a source of which every sixteenth block fails has four of them in a window on the average. The unit
// tests recompute these numbers and simulate both.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

namespace kif::entropy {

inline constexpr int k_window_blocks = 64;
inline constexpr int k_window_failures = 4;

/// Fresh collectors that one request may use up: the failure after the last one is the request's fourth.
inline constexpr unsigned k_max_fresh_collectors = 3;

/// The outcomes of the last 64 blocks of this process, of all its threads, one bit for each: the newest is the lowest
/// bit, 1 is a failure. One word, so that it needs no lock. Lives in memory that a fork wipes; zero is the initial
/// state.
class FailureWindow {
public:
  void passed() noexcept { add(0); }

  /// Whether this failure makes it too many.
  bool failed() noexcept { return std::popcount(add(1)) >= k_window_failures; }

private:
  std::uint64_t add(std::uint64_t outcome) noexcept {
    std::uint64_t before = m_outcomes.load(std::memory_order_relaxed);
    while (!m_outcomes.compare_exchange_weak(before, before << 1 | outcome, std::memory_order_relaxed)) {
    }
    return before << 1 | outcome;
  }

  std::atomic<std::uint64_t> m_outcomes;
};

} // namespace kif::entropy
