// SPDX-License-Identifier: Apache-2.0
#include "random/fill.h"

#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "broker/protocol.h"
#include "random/ahead.h"
#include "random/broker_client.h"
#include "random/caught.h"
#include "random/confinement.h"
#include "random/own_generator.h"
#include "random/syscalls.h"

extern "C" {
__attribute__((visibility("default"))) kif::random::Counters kif_random_counters;
/// kif-init has this name, and nothing else.
extern const int kif_serves_random_bytes __attribute__((weak));
/// For kif's entropy source: 1 as its thread goes into jitterentropy, −1 as it comes out.
__attribute__((visibility("default"))) void kif_mark_seeding(int change) noexcept {
  kif::random::change_seeding(change);
}
}

namespace kif::random {
namespace {

constexpr unsigned k_grnd_insecure = 4; // GRND_INSECURE, since Linux 5.6
/// As the catch-all's: getrandom(2) before Linux 5.18 gave no more at once.
constexpr std::size_t k_max_bytes = 33'554'431;

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

/// The look at the vDSO may become a call of getrandom, which a filter of the program's own may forbid.
bool is_caught() noexcept {
  return reach() == Reach::memory && !has_installed_filter();
}

namespace {

/// For who is not answered in memory. The socket first, whose bytes cost less, unless a call like socket() may be this
/// process's end; then words; then a DRBG of its own.
ssize_t fill_elsewhere(void* buffer, std::size_t length) noexcept {
  if (draw_from_broker(buffer, length) == BrokerDraw::drawn) {
    count(kif_random_counters.broker_bytes, length);
    return static_cast<ssize_t>(length);
  }
  if (reach() == Reach::words) {
    const ssize_t got = draw_words(buffer, length);
    if (got > 0)
      count(kif_random_counters.catch_all_bytes, static_cast<std::uint64_t>(got));
    if (got != -EPERM)
      return got;
  }
  if (!may_use_own_generator())
    return refuse(EIO);
  switch (draw_from_own_generator(buffer, length)) {
  case OwnDraw::drawn:
    note_own_generator();
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

ssize_t fill_directly(void* buffer, std::size_t length, unsigned flags) noexcept {
  if (reach() == Reach::memory) {
    // A signal may come before kif-init has received the call. getrandom(2) promises that it does not show where so
    // little is asked for, and programs rely on it.
    long got = 0;
    do
      got = call(SYS_getrandom, buffer, length, flags);
    while (got == -EINTR && length <= k_max_small_bytes);
    if (got > 0)
      count(kif_random_counters.catch_all_bytes, static_cast<std::uint64_t>(got));
    // EPERM: this process changed its user or made itself not dumpable, and kif-init has no right to write into it.
    if (got != -EPERM)
      return got;
    memory_is_out_of_reach();
  }
  if (!are_known(flags))
    return -EINVAL;
  if (length == 0)
    return 0;
  return fill_elsewhere(buffer, length < k_max_bytes ? length : k_max_bytes);
}

/// Whoever gives the bytes says at each time whether any may be kept: kif-init's word reaches processes that have not
/// its environment, by `docker exec` or `env -i`. A DRBG in this process costs no change of process, and keeps none;
/// nor do words, of which so many would take longer than those that are asked for.
AheadDraw fill_ahead(void* buffer, std::size_t length) noexcept {
  if (reach() == Reach::memory) {
    const long got = call(SYS_getrandom, buffer, length, broker::k_ahead_flags);
    if (got == static_cast<long>(length)) {
      count(kif_random_counters.catch_all_bytes, length);
      return AheadDraw::drawn;
    }
    if (got != -EPERM) // see fill_directly()
      return got == -EINVAL ? AheadDraw::never : AheadDraw::failed;
    memory_is_out_of_reach();
  }
  switch (draw_ahead_from_broker(buffer, length)) {
  case BrokerDraw::drawn:
    count(kif_random_counters.broker_bytes, length);
    return AheadDraw::drawn;
  case BrokerDraw::declined:
    return AheadDraw::never;
  case BrokerDraw::failed:
    break;
  }
  return reach() == Reach::words ? AheadDraw::failed : AheadDraw::never;
}

bool may_make_memory() noexcept {
  return !is_confined();
}

constexpr AheadSource k_ahead_source{fill_ahead, may_make_memory};

} // namespace

ssize_t fill(void* buffer, std::size_t length, unsigned flags) noexcept {
  if (stays_away() ||
      flags == broker::k_handshake_flags) // the handshake is no request for bytes; kif-init makes it too
    return call(SYS_getrandom, buffer, length, flags);
  if (is_server())
    return refuse(EPERM); // ENOSYS would send the caller on to a device
  if (length > 0 && length <= k_max_small_bytes && are_known(flags) &&
      take_ahead(buffer, length, k_ahead_source, is_caught())) {
    count(kif_random_counters.ahead_bytes, length);
    return static_cast<ssize_t>(length);
  }
  return fill_directly(buffer, length, flags);
}

} // namespace kif::random
