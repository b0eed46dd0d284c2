// SPDX-License-Identifier: Apache-2.0
// The broker's supply of bytes: drawn from the generator's process, a few kilobytes ahead or none, each handed out
// once.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include <sys/types.h>

#include "base/copy_watch.h"
#include "base/file.h"

namespace kif::broker {

/// Anonymous memory that a forked child sees as zeros, and that is in no core dump.
class ForkWipedBytes {
public:
  explicit ForkWipedBytes(std::size_t count);
  ForkWipedBytes(const ForkWipedBytes&) = delete;
  ForkWipedBytes& operator=(const ForkWipedBytes&) = delete;
  ~ForkWipedBytes();

  /// Empty where none was asked for, or the kernel cannot wipe it (before Linux 4.14): then nothing is drawn ahead.
  std::span<std::byte> bytes() noexcept { return m_bytes; }

private:
  std::span<std::byte> m_bytes;
};

/// Why a generator was let go.
enum class Loss {
  none,    ///< its link broke by itself: it has ended
  hung,    ///< it did not answer in time: it was killed
  refused, ///< it could not draw: it was killed, since a source that has failed does not recover
};

/// Any thread. A forked child must not use it.
class ByteStore {
public:
  /// How long a request waits for a generator that does not answer, or for a new one in its place. As long as its
  /// checks may take on a slow machine. `draws_ahead` false: a request draws what it asks for and no more. `signs`: of
  /// a copy of this machine, at which what was drawn ahead is wiped, as it is when it is a second old.
  explicit ByteStore(std::chrono::seconds patience = std::chrono::seconds(60), bool draws_ahead = true,
                     CopySigns signs = {})
      : m_patience(patience), m_draws_ahead(draws_ahead), m_ahead(draws_ahead ? k_ahead_bytes : 0), m_signs(signs),
        m_watch(signs) {}

  /// A generator's process and the link to it (generator.h). `must_be_ready`: the first byte on the link is its word
  /// that its checks have passed, k_ready, and is still to come.
  void take_generator(pid_t process, UniqueFd link, bool must_be_ready);

  /// There is none, and requests are not to wait for one: they fail until the next take_generator().
  void give_up();

  /// Fills `out`, or wipes it and says false: there is no generator, and none came while it waited. Who asks for less
  /// than is drawn ahead waits for one draw of somebody else at most, however long the others' requests are.
  bool draw(std::span<std::byte> out);
  /// The same past the bytes that are ready: the generator itself is asked.
  bool draw_new(std::span<std::byte> out);

  /// Calls `changed` (from the thread of a request) whenever is_late() has changed. Set before requests come.
  void watch_lateness(std::function<void()> changed) { m_lateness_changed = std::move(changed); }
  /// The generator has not answered for k_late_after.
  bool is_late() const noexcept { return m_is_late; }
  /// Why the last generator was let go; none after that, until another is.
  Loss take_loss() noexcept { return m_loss.exchange(Loss::none); }
  /// When bytes were drawn last (CLOCK_REALTIME); 0: never.
  std::int64_t last_draw_unix_s() const noexcept { return m_last_draw_unix_s; }

  /// Whether bytes may be kept for later, here and by who asks.
  bool draws_ahead() const noexcept { return m_draws_ahead; }
  CopySigns signs() const noexcept { return m_signs; }
  /// How often there was a sign that this machine is a copy.
  std::uint64_t copies_noticed() const noexcept { return m_copies_noticed; }
  /// By a thread that draws and has no trap_getrandom().
  void leave_kernel_alone();
  /// What all generators together have given.
  std::uint64_t drawn_bytes() const noexcept { return m_drawn_bytes; }

private:
  /// A generator, as long as a thread talks to it.
  struct Link {
    UniqueFd socket;
    pid_t process = -1;
    bool must_be_ready = false;
  };
  enum class Turn { link, bytes_ahead, none };

  Turn wait_for_turn(std::unique_lock<std::mutex>& lock, bool is_short, bool takes_ahead = true);
  bool refill(std::unique_lock<std::mutex>& lock, std::span<std::byte> out);
  bool refill_in_turn(std::unique_lock<std::mutex>& lock, std::span<std::byte> out);
  enum class Answer { drawn, refused, hung, broken };
  Answer ask(Link& link, std::span<std::byte> out);
  bool receive_answer(const Link& link, std::span<std::byte> bytes, bool& timed_out);
  void drop_generator(const Link& link, Loss loss);
  void set_late(bool late);
  void look_for_copies();

  static constexpr std::size_t k_ahead_bytes = 4096;

  const std::chrono::seconds m_patience;
  const bool m_draws_ahead;
  std::function<void()> m_lateness_changed;
  std::atomic<bool> m_is_late{false};
  std::atomic<Loss> m_loss{Loss::none};
  std::atomic<std::int64_t> m_last_draw_unix_s{0};
  std::atomic<std::uint64_t> m_drawn_bytes{0};
  std::mutex m_mutex; ///< never held while the generator is asked
  std::condition_variable m_changed;
  std::shared_ptr<Link> m_link;
  bool m_is_busy = false; ///< a thread talks to the generator
  unsigned m_short_ones_waiting = 0;
  bool m_gave_up = false;
  ForkWipedBytes m_ahead; ///< what is left lies at its end; whoever fills it has the link, and nothing is left
  std::size_t m_left = 0;
  std::int64_t m_filled_at_ns = 0;
  const CopySigns m_signs;
  CopyWatch m_watch;
  std::atomic<std::uint64_t> m_copies_noticed{0};
};

/// A draw takes microseconds, with a reseed some 30 ms; a hundredth of a processor, as a container's limit may give it,
/// makes 3 s of that.
inline constexpr std::chrono::seconds k_late_after{5};

/// What a generator writes on its link once its checks have passed.
inline constexpr std::byte k_ready{'P'};

} // namespace kif::broker
