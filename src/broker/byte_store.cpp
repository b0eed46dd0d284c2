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

#include "base/wipe.h"
#include "broker/generator.h"
#include "broker/socket_io.h"

namespace kif::broker {

ForkWipedBytes::ForkWipedBytes(std::size_t count) {
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
  const timeval limit{static_cast<time_t>(m_patience.count()), 0};
  ::setsockopt(link.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const std::lock_guard lock(m_mutex);
  m_process = process;
  m_link = std::move(link);
  m_must_be_ready = must_be_ready;
  m_changed.notify_all();
}

void ByteStore::give_up() {
  const std::lock_guard lock(m_mutex);
  m_gave_up = true;
  wipe(m_ahead.bytes());
  m_left = 0;
  m_changed.notify_all();
}

bool ByteStore::draw(std::span<std::byte> out) {
  std::unique_lock lock(m_mutex);
  std::span<std::byte> rest = out;
  while (!rest.empty()) {
    if (m_left == 0 && rest.size() < m_ahead.bytes().size()) {
      if (!refill(lock, m_ahead.bytes()))
        break;
      m_left = m_ahead.bytes().size();
    }
    if (m_left > 0) {
      const auto taken = m_ahead.bytes().last(m_left).first(std::min(m_left, rest.size()));
      std::memcpy(rest.data(), taken.data(), taken.size());
      wipe(taken);
      m_left -= taken.size();
      rest = rest.subspan(taken.size());
      continue;
    }
    const auto chunk = rest.first(std::min(rest.size(), k_max_draw_bytes));
    if (!refill(lock, chunk))
      break;
    rest = rest.subspan(chunk.size());
  }
  if (!rest.empty())
    wipe(out);
  return rest.empty();
}

/// Fills `out` from the generator. A link that breaks is waited for to be replaced; a generator that says no is not
/// asked again for this request.
bool ByteStore::refill(std::unique_lock<std::mutex>& lock, std::span<std::byte> out) {
  while (wait_for_generator(lock)) {
    const auto wanted = static_cast<std::uint32_t>(out.size());
    std::byte word{};
    if (m_must_be_ready) {
      errno = 0;
      if (!receive_all(m_link.get(), {&word, 1}) || word != k_ready) {
        drop_generator();
        continue;
      }
      m_must_be_ready = false;
    }
    errno = 0;
    if (send_all(m_link.get(), std::as_bytes(std::span(&wanted, 1))) && receive_all(m_link.get(), {&word, 1})) {
      if (word == k_not_drawn)
        return false;
      if (word == k_drawn && receive_all(m_link.get(), out))
        return true;
    }
    drop_generator();
  }
  return false;
}

bool ByteStore::wait_for_generator(std::unique_lock<std::mutex>& lock) {
  m_changed.wait_for(lock, m_patience, [this] { return m_link || m_gave_up; });
  return m_link && !m_gave_up;
}

/// Its link is broken, or it hangs. Ended, it is seen by whoever waits for children, and a new one is started. One whose
/// link is broken has ended by itself, and its number may be another's by now.
void ByteStore::drop_generator() {
  const bool hangs = errno == EAGAIN;
  m_link.reset();
  if (hangs && m_process > 0)
    ::kill(m_process, SIGKILL);
  m_process = -1;
}

} // namespace kif::broker
