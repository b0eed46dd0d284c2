// SPDX-License-Identifier: Apache-2.0
// The calls that are being answered, where the guard can see them: a call that kif-init has taken from the kernel is
// handed to nobody else, so when kif-init is killed, whoever goes on must answer it by its number.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/long_calls.h"

namespace kif::broker {

/// Threads that answer calls: one may be held up by a caller's memory; the other goes on.
inline constexpr std::size_t k_answering_threads = 2;

/// Memory that is shared with children, the guard above all.
class TakenCalls {
public:
  TakenCalls();
  TakenCalls(const TakenCalls&) = delete;
  TakenCalls& operator=(const TakenCalls&) = delete;
  ~TakenCalls();

  /// By the thread of that number, around its answer. Does nothing where there was no memory.
  void take(std::size_t thread, std::uint64_t id) noexcept;
  void give_back(std::size_t thread) noexcept;

  /// A call that its thread has not answered and leaves for later. False: there is no room.
  bool park(std::uint64_t id) noexcept;
  void unpark(std::uint64_t id) noexcept;

  /// What may be waiting for an answer of a process that is gone: what its threads had taken, and the numbers that
  /// follow the last one, since a call may have been taken and not noted yet (the kernel numbers them one by one).
  std::vector<std::uint64_t> candidates() const;

private:
  struct Slots {
    std::array<std::atomic<std::uint64_t>, k_answering_threads> taken; ///< 0: none
    std::array<std::atomic<std::uint64_t>, k_max_long_calls> parked;   ///< likewise
    std::atomic<std::uint64_t> last;
  };
  Slots* m_slots = nullptr;
};

} // namespace kif::broker
