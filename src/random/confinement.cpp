// SPDX-License-Identifier: Apache-2.0
#include "random/confinement.h"

#include <atomic>
#include <cerrno>
#include <cstring>

#include <sys/syscall.h>

#include "random/broker_client.h"
#include "random/caught.h"
#include "random/fill.h"
#include "random/kept_connection.h"
#include "random/own_generator.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// Whether a child could reach the broker by itself.
bool is_broker_reached() noexcept {
  const int connection = connect_to_broker(true);
  if (connection >= 0)
    call(SYS_close, connection);
  return connection >= 0 || connection == -EMFILE; // without descriptors no DRBG can be made either
}

/// A filter stays with a process and all that it forks, as this memory does.
std::atomic<bool> g_installed_filter{false};

/// A thread's filters never go, and all that it starts has them. What is left to it is asked for again and again.
__attribute__((tls_model("initial-exec"))) thread_local bool t_has_filters = false;

std::atomic<bool> g_has_own_generator{false};

} // namespace

bool is_confined() noexcept {
  if (t_has_filters)
    return true;
  if (reach() == Reach::none)
    return g_installed_filter.load(std::memory_order_relaxed);
  switch (filters()) {
  case Filters::usual:
    return false;
  case Filters::more:
    t_has_filters = true;
    g_installed_filter.store(true, std::memory_order_relaxed);
    return true;
  case Filters::unknown: // kif-init is gone
    break;
  }
  return g_installed_filter.load(std::memory_order_relaxed);
}

bool has_installed_filter() noexcept {
  return g_installed_filter.load(std::memory_order_relaxed);
}

bool has_own_generator() noexcept {
  return g_has_own_generator.load(std::memory_order_relaxed);
}

void note_own_generator() noexcept {
  g_has_own_generator.store(true, std::memory_order_relaxed);
}

bool may_use_own_generator() noexcept {
  return has_own_generator() || !is_confined();
}

void prepare_for(Loss loss) noexcept {
  if (stays_away() || is_server())
    return;
  remember_address();
  if (reach() != Reach::none)
    return;
  if (is_confined()) // more filters: what it has, it has
    return;
  // A connection does not help children where it cannot be made anew.
  if ((keep_connection() && is_broker_reached()) || loss != Loss::files)
    return;
  unsigned char none[1];
  if (draw_from_own_generator(none, sizeof none) == OwnDraw::drawn)
    note_own_generator();
  ::explicit_bzero(none, sizeof none);
}

bool begin_filter() noexcept {
  prepare_for(Loss::files);
  return g_installed_filter.exchange(true, std::memory_order_relaxed);
}

void end_filter(bool before, long result) noexcept {
  if (result < 0 && !before)
    g_installed_filter.store(false, std::memory_order_relaxed);
}

} // namespace kif::random
