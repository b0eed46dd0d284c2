// SPDX-License-Identifier: Apache-2.0
#include "random/fill.h"

#include <atomic>
#include <cstring>

#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "broker/protocol.h"
#include "random/ahead.h"
#include "random/broker_client.h"
#include "random/own_generator.h"
#include "random/syscalls.h"

extern "C" {
__attribute__((visibility("default"))) kif::random::Counters kif_random_counters;
/// kif-init has this name, and nothing else.
extern const int kif_serves_random_bytes __attribute__((weak));
}

namespace kif::random {
namespace {

constexpr unsigned k_grnd_insecure = 4; // GRND_INSECURE, since Linux 5.6
/// As the catch-all's: getrandom(2) before Linux 5.18 gave no more at once.
constexpr std::size_t k_max_bytes = 33'554'431;

enum class Way : int { unknown, catch_all, elsewhere };
/// A filter stays with a process and all it forks, and exec begins anew: what was found holds as long as this memory.
std::atomic<Way> g_way{Way::unknown};

Way find_way() noexcept {
  char answer[broker::k_handshake_bytes] = {};
  long got = 0;
  do
    got = call(SYS_getrandom, answer, sizeof answer, broker::k_handshake_flags);
  while (got == -EINTR);
  return got == static_cast<long>(sizeof answer) && std::memcmp(answer, broker::k_handshake_answer, sizeof answer) == 0
             ? Way::catch_all
             : Way::elsewhere;
}

bool are_known(unsigned flags) noexcept {
  return (flags & ~(GRND_NONBLOCK | GRND_RANDOM | k_grnd_insecure)) == 0 &&
         (flags & (GRND_RANDOM | k_grnd_insecure)) != (GRND_RANDOM | k_grnd_insecure);
}

void count(std::uint64_t& counter, std::uint64_t more) noexcept {
  __atomic_fetch_add(&counter, more, __ATOMIC_RELAXED);
}

ssize_t refuse(int error) noexcept {
  count(kif_random_counters.refused, 1);
  return -error;
}

} // namespace

bool stays_away() noexcept {
  return ::getauxval(AT_SECURE) != 0;
}

bool is_server() noexcept {
  return &kif_serves_random_bytes != nullptr;
}

namespace {

ssize_t fill_directly(void* buffer, std::size_t length, unsigned flags) noexcept {
  Way way = g_way.load(std::memory_order_relaxed);
  if (way == Way::unknown) {
    way = find_way();
    g_way.store(way, std::memory_order_relaxed);
  }
  if (way == Way::catch_all) {
    // A signal may come before kif-init has received the call. getrandom(2) promises that it does not show where so
    // little is asked for, and programs rely on it.
    long got = 0;
    do
      got = call(SYS_getrandom, buffer, length, flags);
    while (got == -EINTR && length <= k_max_small_bytes);
    if (got > 0)
      count(kif_random_counters.catch_all_bytes, static_cast<std::uint64_t>(got));
    // EPERM: this process changed its user, and kif-init has no right to write into it; nor will it have.
    if (got != -EPERM)
      return got;
    g_way.store(Way::elsewhere, std::memory_order_relaxed);
  }
  if (!are_known(flags))
    return -EINVAL;
  if (length == 0)
    return 0;
  if (length > k_max_bytes)
    length = k_max_bytes;
  if (draw_from_broker(buffer, length)) {
    count(kif_random_counters.broker_bytes, length);
    return static_cast<ssize_t>(length);
  }
  switch (draw_from_own_generator(buffer, length)) {
  case OwnDraw::drawn:
    count(kif_random_counters.own_bytes, length);
    return static_cast<ssize_t>(length);
  case OwnDraw::busy_below:
    // No use that security rests on asks from inside malloc or the loader. Such callers take ENOSYS and do without.
    count(kif_random_counters.early, 1);
    return refuse(ENOSYS);
  case OwnDraw::failed:
    break;
  }
  return refuse(EIO);
}

bool fill_ahead(void* buffer, std::size_t length) noexcept {
  return fill_directly(buffer, length, 0) == static_cast<ssize_t>(length);
}

} // namespace

ssize_t fill(void* buffer, std::size_t length, unsigned flags) noexcept {
  if (stays_away() ||
      flags == broker::k_handshake_flags) // the handshake is no request for bytes; kif-init makes it too
    return call(SYS_getrandom, buffer, length, flags);
  if (is_server())
    return refuse(EPERM); // ENOSYS would send the caller on to a device
  if (length > 0 && length <= k_max_small_bytes && are_known(flags) && take_ahead(buffer, length, fill_ahead)) {
    count(kif_random_counters.ahead_bytes, length);
    return static_cast<ssize_t>(length);
  }
  return fill_directly(buffer, length, flags);
}

} // namespace kif::random
