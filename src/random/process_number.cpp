// SPDX-License-Identifier: Apache-2.0
#include "random/process_number.h"

#include <atomic>
#include <cstddef>

#include <sys/syscall.h>
#include <sys/types.h>

#include "base/fork_wiped.h"
#include "base/generation_id.h"
#include "random/ahead_watch.h"
#include "random/fill.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

struct State {
  std::atomic<std::uint32_t> number;
  std::atomic<bool> is_claimed; ///< the watch is
  bool has_begun;
  AheadWatch watch;
};
ForkWiped<State> g_state;
/// Reseeds of the kernel's generator mean something here (docs/design/0021-snapshots.md). Looked at while a module is
/// loaded, since a process that has locked itself in may not open files.
std::atomic<bool> g_has_generation_id{false};
/// The last number given out, by this process or those that it was forked from.
std::atomic<std::uint32_t> g_last{0};

/// Where the code of a FIPS module lies. As many as kif-provider.so loads.
struct Code {
  std::atomic<std::uintptr_t> begin;
  std::atomic<std::uintptr_t> end;
};
constexpr std::size_t k_max_modules = 8;
Code g_modules[k_max_modules];
std::atomic<std::size_t> g_module_count{0};

std::uint32_t next_number() noexcept {
  return g_last.fetch_add(1, std::memory_order_relaxed) + 1;
}

bool is_of_a_module(std::uintptr_t address) noexcept {
  const std::size_t count = g_module_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count && i < k_max_modules; ++i)
    if (address >= g_modules[i].begin.load(std::memory_order_relaxed) &&
        address < g_modules[i].end.load(std::memory_order_relaxed))
      return true;
  return false;
}

} // namespace

std::uint32_t process_number() noexcept {
  State* state = g_state.get();
  if (state == nullptr)
    return 0;
  std::uint32_t present = state->number.load(std::memory_order_relaxed);
  if (present != 0)
    return present;
  const std::uint32_t next = next_number();
  return state->number.compare_exchange_strong(present, next, std::memory_order_relaxed) ? next : present;
}

void look_for_copies() noexcept {
  State* state = g_state.get();
  bool free = false;
  // Another thread looks, or a signal came while this one did.
  if (state == nullptr || !state->is_claimed.compare_exchange_strong(free, true, std::memory_order_acquire))
    return;
  const bool is_copy =
      state->watch.is_copy(g_has_generation_id.load(std::memory_order_relaxed) && is_caught()) && state->has_begun;
  state->has_begun = true;
  if (is_copy)
    state->number.store(next_number(), std::memory_order_relaxed);
  state->is_claimed.store(false, std::memory_order_release);
}

void forget_process_number() noexcept {
  g_state.forget();
}

} // namespace kif::random

extern "C" {

/// For kif-provider.so, under its load lock, before the module runs for the first time.
__attribute__((visibility("default"))) void kif_mark_module(const void* begin, const void* end) noexcept {
  using namespace kif::random;
  const std::size_t index = g_module_count.load(std::memory_order_relaxed);
  if (index == k_max_modules || is_of_a_module(reinterpret_cast<std::uintptr_t>(begin)))
    return;
  g_modules[index].begin.store(reinterpret_cast<std::uintptr_t>(begin), std::memory_order_relaxed);
  g_modules[index].end.store(reinterpret_cast<std::uintptr_t>(end), std::memory_order_relaxed);
  g_module_count.store(index + 1, std::memory_order_release);
  g_has_generation_id.store(kif::has_generation_id(), std::memory_order_relaxed);
  look_for_copies(); // the first look
}

/// A DRBG of the FIPS module looks by getpid() whether it was forked, and reseeds itself then (drbg.c,
/// openssl_get_fork_id()). It has no other use for the number. A child that a raw clone(2) made process 1 of a PID
/// namespace has its parent's, and would go on with its parent's DRBG. So the module, and nobody else, is given a
/// number that no fork leaves the same, and no copy of the machine.
pid_t getpid_of_kif() noexcept KIF_EXPORT("getpid");

pid_t getpid_of_kif() noexcept {
  using namespace kif::random;
  const auto caller = reinterpret_cast<std::uintptr_t>(__builtin_extract_return_addr(__builtin_return_address(0)));
  if (g_module_count.load(std::memory_order_relaxed) != 0 && is_of_a_module(caller)) {
    look_for_copies();
    if (const std::uint32_t number = process_number(); number != 0)
      return static_cast<pid_t>(number);
  }
  return static_cast<pid_t>(call(SYS_getpid));
}

} // extern "C"
