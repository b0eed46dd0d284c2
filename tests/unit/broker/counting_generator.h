// SPDX-License-Identifier: Apache-2.0
// A generator whose bytes tell where in its stream they stand: a byte that is lost, repeated or out of order is seen.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>

#include "broker/byte_store.h"

namespace kif::broker {

/// The stream is the 64-bit numbers from 0 on, each as this machine stores it.
std::byte stream_byte(std::uint64_t position) noexcept;

/// Whether `bytes` are those of the stream from `position` on.
bool is_stream_from(std::uint64_t position, std::span<const std::byte> bytes) noexcept;

/// Serves draws in a thread of its own, over the real protocol, until it is ended or its link is closed.
class CountingGenerator {
public:
  explicit CountingGenerator(std::uint64_t first_position = 0);
  CountingGenerator(const CountingGenerator&) = delete;
  CountingGenerator& operator=(const CountingGenerator&) = delete;
  ~CountingGenerator();

  /// The store's end of the link, once.
  UniqueFd take_link() { return std::move(m_store_end); }
  /// As a process that dies: the link breaks, also in the middle of a request.
  void end() noexcept;

  std::atomic<bool> refuses{false};
  std::atomic<std::int64_t> delay_ms{0};           ///< of each draw
  std::atomic<std::uint64_t> ends_at_request{~0U}; ///< breaks its link instead of answering it
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> position{0};

private:
  static bool draw(void* self, std::span<std::byte> out);

  UniqueFd m_store_end;
  UniqueFd m_generator_end;
  std::thread m_thread;
};

/// A store with a generator of its own.
struct CountedStore {
  explicit CountedStore(bool draws_ahead = true) : store(std::chrono::seconds(5), draws_ahead) {
    store.take_generator(-1, generator.take_link(), false);
  }
  CountingGenerator generator;
  ByteStore store;
};

} // namespace kif::broker
