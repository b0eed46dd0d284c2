// SPDX-License-Identifier: Apache-2.0
#include "random/caught.h"

#include <atomic>
#include <cstring>

#include <sys/syscall.h>

#include "broker/protocol.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

std::atomic<Reach> g_reach{Reach::unknown};

/// getrandom(2) promises that no signal shows where no more is asked for, and programs rely on it.
constexpr std::size_t k_max_uninterrupted_bytes = 256;

/// With no memory to write to.
long ask(std::size_t length, unsigned flags) noexcept {
  long got = 0;
  do
    got = call(SYS_getrandom, 0, length, flags);
  while (got == -EINTR);
  return got;
}

} // namespace

Reach reach() noexcept {
  Reach reach = g_reach.load(std::memory_order_relaxed);
  if (reach == Reach::unknown) {
    reach = ask(0, broker::k_handshake_flags) == broker::k_presence ? Reach::memory : Reach::none;
    g_reach.store(reach, std::memory_order_relaxed);
  }
  return reach;
}

void memory_is_out_of_reach() noexcept {
  g_reach.store(Reach::words, std::memory_order_relaxed);
}

ssize_t draw_words(void* buffer, std::size_t length) noexcept {
  auto* out = static_cast<unsigned char*>(buffer);
  std::size_t done = 0;
  long word = 0;
  while (done < length) {
    word = call(SYS_getrandom, 0, broker::k_word_bytes, broker::k_word_flags);
    if (word == -EINTR && length <= k_max_uninterrupted_bytes)
      continue;
    if (word < 0)
      return done > 0 ? static_cast<ssize_t>(done) : word;
    const std::size_t more = length - done < broker::k_word_bytes ? length - done : broker::k_word_bytes;
    std::memcpy(out + done, &word, more);
    done += more;
  }
  ::explicit_bzero(&word, sizeof word);
  return static_cast<ssize_t>(done);
}

Filters filters() noexcept {
  switch (ask(0, broker::k_filters_flags)) {
  case broker::k_unconfined:
    return Filters::usual;
  case broker::k_confined:
    return Filters::more;
  default:
    return Filters::unknown;
  }
}

} // namespace kif::random
