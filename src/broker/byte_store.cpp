// SPDX-License-Identifier: Apache-2.0
#include "broker/byte_store.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/wipe.h"
#include "broker/generator.h"
#include "broker/socket_io.h"
#include "broker/state.h"

namespace kif::broker {

namespace {

constexpr std::int64_t k_max_age_ns = 1'000'000'000;

std::int64_t coarse_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

} // namespace

ForkWipedBytes::ForkWipedBytes(std::size_t count) {
  if (count == 0)
    return;
  void* memory = ::mmap(nullptr, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return;
  if (::madvise(memory, count, MADV_WIPEONFORK) != 0) {
    ::munmap(memory, count);
    return;
  }
  ::madvise(memory, count, MADV_DONTDUMP);
  m_bytes = {static_cast<std::byte*>(memory), count};
}

ForkWipedBytes::~ForkWipedBytes() {
  if (m_bytes.empty())
    return;
  wipe(m_bytes);
  ::munmap(m_bytes.data(), m_bytes.size());
}

void ByteStore::take_generator(pid_t process, UniqueFd link, bool must_be_ready) {
  const timeval limit{static_cast<time_t>(std::min(m_patience, k_late_after).count()), 0};
  ::setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::lock_guard lock(m_mutex);
  m_link = std::make_shared<Link>(Link{std::move(link), process, must_be_ready});
  m_gave_up = false;
  set_late(false);
  m_changed.notify_all();
}

void ByteStore::give_up() {
  const std::lock_guard lock(m_mutex);
  m_gave_up = true;
  if (m_left > 0)
    wipe(m_ahead.bytes());
  m_left = 0;
  m_changed.notify_all();
}

bool ByteStore::draw(std::span<std::byte> out) {
  const bool is_short = out.size() < k_ahead_bytes;
  std::unique_lock lock(m_mutex);
  look_for_copies();
  std::span<std::byte> rest = out;
  while (!rest.empty()) {
    if (m_left > 0) {
      const auto taken = m_ahead.bytes().last(m_left).first(std::min(m_left, rest.size()));
      std::memcpy(rest.data(), taken.data(), taken.size());
      wipe(taken);
      m_left -= taken.size();
      rest = rest.subspan(taken.size());
      continue;
    }
    const Turn turn = wait_for_turn(lock, is_short);
    if (turn == Turn::none)
      break;
    if (turn == Turn::bytes_ahead)
      continue;
    const bool fills_ahead = rest.size() < m_ahead.bytes().size();
    const auto target = fills_ahead ? m_ahead.bytes() : rest.first(std::min(rest.size(), k_max_draw_bytes));
    if (!refill_in_turn(lock, target))
      break;
    if (fills_ahead) {
      m_left = target.size();
      m_filled_at_ns = coarse_now_ns();
    } else {
      rest = rest.subspan(target.size());
    }
  }
  if (!rest.empty())
    wipe(out);
  return rest.empty();
}

/// With its turn, which ends.
bool ByteStore::refill_in_turn(std::unique_lock<std::mutex>& lock, std::span<std::byte> out) {
  std::uint64_t copies = 0;
  bool is_filled = false;
  do { // again where somebody else noticed a copy meanwhile: what came may be of before
    copies = m_copies_noticed;
    is_filled = refill(lock, out);
  } while (is_filled && copies != m_copies_noticed);
  m_is_busy = false;
  m_changed.notify_all();
  return is_filled;
}

bool ByteStore::draw_new(std::span<std::byte> out) {
  std::unique_lock lock(m_mutex);
  look_for_copies();
  const bool good = wait_for_turn(lock, true, false) == Turn::link && refill_in_turn(lock, out);
  if (!good)
    wipe(out);
  return good;
}

/// A machine that was saved while nobody drew has nothing ready that is not too old.
void ByteStore::look_for_copies() {
  if (!m_watch.signs().clocks)
    return;
  const bool is_copy = m_watch.moved();
  m_copies_noticed += is_copy ? 1 : 0;
  if (m_left > 0 && (is_copy || coarse_now_ns() - m_filled_at_ns > k_max_age_ns)) {
    wipe(m_ahead.bytes());
    m_left = 0;
  }
}

void ByteStore::leave_kernel_alone() {
  const std::lock_guard lock(m_mutex);
  m_watch.leave_kernel_alone();
}

/// Whoever asks for little comes first. Without a generator it is waited for as long as patience goes; one that hangs
/// is found by the thread that talks to it.
ByteStore::Turn ByteStore::wait_for_turn(std::unique_lock<std::mutex>& lock, bool is_short, bool takes_ahead) {
  const auto is_over = [&] {
    return m_gave_up || (takes_ahead && m_left > 0) ||
           (m_link && !m_is_busy && (is_short || m_short_ones_waiting == 0));
  };
  m_short_ones_waiting += is_short ? 1 : 0;
  while (!m_changed.wait_for(lock, m_patience, is_over) && (m_link || m_is_busy)) {
  }
  m_short_ones_waiting -= is_short ? 1 : 0;
  if (m_gave_up || !is_over())
    return Turn::none;
  if (takes_ahead && m_left > 0)
    return Turn::bytes_ahead;
  m_is_busy = true;
  return Turn::link;
}

/// Fills `out` from the generator, by the thread whose turn it is. One whose link breaks, that hangs or that says no is
/// waited for to be replaced.
bool ByteStore::refill(std::unique_lock<std::mutex>& lock, std::span<std::byte> out) {
  while (m_changed.wait_for(lock, m_patience, [this] { return m_link || m_gave_up; }) && !m_gave_up) {
    const std::shared_ptr<Link> link = m_link;
    lock.unlock();
    const Answer answer = ask(*link, out);
    lock.lock();
    if (m_gave_up)
      break;
    if (answer == Answer::drawn) {
      m_drawn_bytes += out.size();
      m_last_draw_unix_s = unix_time_s();
      return true;
    }
    drop_generator(*link, answer == Answer::hung ? Loss::hung : answer == Answer::refused ? Loss::refused : Loss::none);
  }
  wipe(out);
  return false;
}

/// The link's own time limit is the one after which the generator is late; so many of them, and it hangs.
bool ByteStore::receive_answer(const Link& link, std::span<std::byte> bytes, bool& timed_out) {
  const auto limit = std::min(m_patience, k_late_after);
  auto waited = std::chrono::seconds(0);
  while (!bytes.empty()) {
    const ssize_t got = ::recv(link.socket.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno == EAGAIN) {
      waited += limit;
      timed_out = waited >= m_patience;
      if (!timed_out) {
        set_late(true);
        continue;
      }
    }
    if (got <= 0)
      return false; // it is let go; late until there is another
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  set_late(false);
  return true;
}

void ByteStore::set_late(bool late) {
  if (m_is_late.exchange(late) != late && m_lateness_changed)
    m_lateness_changed();
}

ByteStore::Answer ByteStore::ask(Link& link, std::span<std::byte> out) {
  const auto wanted = static_cast<std::uint32_t>(out.size());
  std::byte word{};
  bool timed_out = false;
  if (link.must_be_ready) {
    if (!receive_answer(link, {&word, 1}, timed_out) || word != k_ready)
      return timed_out ? Answer::hung : Answer::broken;
    link.must_be_ready = false;
  }
  word = {};
  if (send_all(link.socket.get(), std::as_bytes(std::span(&wanted, 1))) &&
      receive_answer(link, {&word, 1}, timed_out) && word == k_drawn && receive_answer(link, out, timed_out))
    return Answer::drawn;
  // One that says what it must not say is alive, as one that says no.
  const bool has_spoken = word != std::byte{} && word != k_drawn;
  return timed_out ? Answer::hung : has_spoken ? Answer::refused : Answer::broken;
}

/// Ended, it is seen by whoever waits for children, and a new one is started. One whose link is broken has ended by
/// itself, and its number may be another's by now.
void ByteStore::drop_generator(const Link& link, Loss loss) {
  if (m_link.get() == &link) { // else it was replaced meanwhile
    m_link.reset();
    m_loss = loss;
  }
  if (loss != Loss::none && link.process > 0)
    ::kill(link.process, SIGKILL);
}

} // namespace kif::broker
