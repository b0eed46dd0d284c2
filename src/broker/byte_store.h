// SPDX-License-Identifier: Apache-2.0
// The broker's supply of bytes: drawn from the generator's process, a few kilobytes ahead, each handed out once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>

#include <sys/types.h>

#include "base/file.h"

namespace kif::broker {

/// Anonymous memory that a forked child sees as zeros, and that is in no core dump.
class ForkWipedBytes {
public:
  explicit ForkWipedBytes(std::size_t count);
  ForkWipedBytes(const ForkWipedBytes&) = delete;
  ForkWipedBytes& operator=(const ForkWipedBytes&) = delete;
  ~ForkWipedBytes();

  /// Empty where the kernel cannot wipe it (before Linux 4.14): then nothing is drawn ahead.
  std::span<std::byte> bytes() noexcept { return m_bytes; }

private:
  std::span<std::byte> m_bytes;
};

/// Any thread. A forked child must not use it.
class ByteStore {
public:
  /// How long a request waits for a generator that does not answer, or for a new one in its place. As long as its
  /// checks may take on a slow machine.
  explicit ByteStore(std::chrono::seconds patience = std::chrono::seconds(60)) : m_patience(patience) {}

  /// A generator's process and the link to it (generator.h). `must_be_ready`: the first byte on the link is its word
  /// that its checks have passed, k_ready, and is still to come.
  void take_generator(pid_t process, UniqueFd link, bool must_be_ready);

  /// There will be none any more: all requests fail from now on.
  void give_up();

  /// Fills `out`, or wipes it and says false: the generator could not draw, or there is none.
  bool draw(std::span<std::byte> out);

private:
  bool refill(std::unique_lock<std::mutex>& lock, std::span<std::byte> out);
  bool wait_for_generator(std::unique_lock<std::mutex>& lock);
  void drop_generator();

  static constexpr std::size_t k_ahead_bytes = 4096;

  const std::chrono::seconds m_patience;
  std::mutex m_mutex;
  std::condition_variable m_changed;
  UniqueFd m_link;
  pid_t m_process = -1;
  bool m_must_be_ready = false;
  bool m_gave_up = false;
  ForkWipedBytes m_ahead{k_ahead_bytes}; ///< what is left lies at its end
  std::size_t m_left = 0;
};

/// What a generator writes on its link once its checks have passed.
inline constexpr std::byte k_ready{'P'};

} // namespace kif::broker
