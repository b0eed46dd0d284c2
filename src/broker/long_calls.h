// SPDX-License-Identifier: Apache-2.0
// Calls that ask for much are answered in pieces, and between two pieces whoever asks for little is served. So a caller
// of 16 bytes waits for one piece at most, however many others ask for megabytes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include <sys/types.h>

namespace kif::broker {

/// What is written at once. A call that asks for more is a long one.
inline constexpr std::size_t k_piece_bytes = 65536;

/// Long calls at a time. One more is answered with its first piece, and asks again for the rest, as getrandom(2) says.
inline constexpr std::size_t k_max_long_calls = 256;

struct LongCall {
  std::uint64_t id = 0;
  pid_t thread = -1;
  pid_t process = -1; ///< the client: its calls take turns with those of other processes, however many it makes
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::uint64_t done = 0;
};

/// Any thread. One works on long calls at a time, so that another one is free for short ones; it is stood in for when
/// a piece takes too long: memory of the caller's may hold it up.
class LongCalls {
public:
  using Clock = std::chrono::steady_clock;

  /// False: there are too many.
  bool add(const LongCall& call);

  /// The next client's next call, for one piece of it; then done_with(). None: there is none, or another thread is at
  /// it.
  std::optional<LongCall> take();
  /// What is left of the call comes again after the other clients'.
  void put_back(const LongCall& call);
  /// It has been answered.
  void finish();

  /// How long a thread may wait for new calls: −1, for ever, 0: there is a long call to go on with.
  int wait_ms() const;

private:
  struct Client {
    pid_t process;
    std::deque<LongCall> calls;
  };
  void append(const LongCall& call);
  bool is_someone_at_it() const;

  static constexpr std::chrono::milliseconds k_patience{100};

  mutable std::mutex m_mutex;
  std::deque<Client> m_clients; ///< whoever comes first is next
  std::size_t m_count = 0;      ///< with those that a thread is at
  std::size_t m_at_work = 0;
  Clock::time_point m_last_taken;
};

/// The process of a thread; the thread itself where that cannot be found out.
pid_t process_of(pid_t thread) noexcept;

} // namespace kif::broker
