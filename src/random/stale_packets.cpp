// SPDX-License-Identifier: Apache-2.0
#include "random/stale_packets.h"

#include <atomic>

#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fork_wiped.h"
#include "random/ahead_watch.h"
#include "random/fill.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

struct Watch {
  std::atomic<bool> is_claimed;
  bool has_begun;
  AheadWatch watch;
};
ForkWiped<Watch> g_watch;

/// A stand-in of a higher number is as good as inherited: nobody looks.
constexpr int k_descriptors = 1024;
/// What a socket holds at most (the feeder's of own_stream.cpp), and one more.
constexpr int k_packets = 5;

void drop_packets(int fd) noexcept {
  char none = 0;
  for (int i = 0; i < k_packets && call(SYS_recvfrom, fd, &none, 1, MSG_DONTWAIT | MSG_TRUNC, 0, 0) > 0; ++i) {
  }
}

/// The first look in a process says nothing: a child's stand-ins are its parent's, who looks as well.
bool is_copy(Watch& watch) noexcept {
  bool free = false;
  if (!watch.is_claimed.compare_exchange_strong(free, true, std::memory_order_acquire))
    return false; // another thread looks, or a signal came
  const bool is = watch.watch.is_copy(is_caught()) && watch.has_begun;
  watch.has_begun = true;
  watch.is_claimed.store(false, std::memory_order_release);
  return is;
}

} // namespace

void watch_packets() noexcept {
  if (Watch* watch = g_watch.get(); watch != nullptr)
    is_copy(*watch);
}

void drop_stale_packets(bool (*is_stand_in)(int)) noexcept {
  Watch* watch = g_watch.get();
  if (watch == nullptr || !is_copy(*watch))
    return;
  for (int fd = 0; fd < k_descriptors; ++fd)
    if (is_stand_in(fd))
      drop_packets(fd);
}

} // namespace kif::random
