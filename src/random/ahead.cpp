// SPDX-License-Identifier: Apache-2.0
#include "random/ahead.h"

#include <atomic>
#include <cstdint>
#include <cstring>

#include <sys/mman.h>
#include <sys/syscall.h>

#include "random/ahead_watch.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

constexpr unsigned k_first_requests = 8;
constexpr std::size_t k_page_bytes = 4096;

/// All of zeros, as a fork leaves it, is "nothing here, free".
struct Page {
  std::atomic<std::uint32_t> word; ///< bytes left << 1 | claimed
  unsigned char bytes[2048];       ///< what is left lies at its end
  AheadWatch watch;
};
static_assert(sizeof(Page) <= k_page_bytes);

std::atomic<unsigned> g_requests{0};
std::atomic<Page*> g_page{nullptr};
std::atomic<bool> g_has_no_page{false};
std::atomic<bool> g_never{false};

/// Made once; a forked child has its parent's, wiped.
Page* page(bool (*may_make)() noexcept) noexcept {
  Page* page = g_page.load(std::memory_order_acquire);
  if (page != nullptr || g_has_no_page.load(std::memory_order_relaxed))
    return page;
  if (!may_make()) {
    g_has_no_page.store(true, std::memory_order_relaxed);
    return nullptr;
  }
  const long address = call(SYS_mmap, 0, k_page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address < 0 && address > -4096)
    return nullptr;
  // A kernel that takes an advice that does not exist takes any, and does nothing.
  const bool is_wiped = call(SYS_madvise, address, k_page_bytes, MADV_WIPEONFORK) == 0 &&
                        call(SYS_madvise, address, k_page_bytes, 12345) != 0;
  auto* made = reinterpret_cast<Page*>(address);
  Page* none = nullptr;
  if (!is_wiped)
    g_has_no_page.store(true, std::memory_order_relaxed);
  else if (call(SYS_madvise, address, k_page_bytes, MADV_DONTDUMP),
           g_page.compare_exchange_strong(none, made, std::memory_order_acq_rel))
    return made;
  call(SYS_munmap, address, k_page_bytes);
  return none;
}

} // namespace

bool take_ahead(void* buffer, std::size_t length, const AheadSource& source, bool getrandom_is_answered) noexcept {
  if (g_never.load(std::memory_order_relaxed))
    return false;
  if (g_requests.load(std::memory_order_relaxed) < k_first_requests) {
    g_requests.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  Page* const ours = page(source.may_make_memory);
  if (ours == nullptr)
    return false;
  std::uint32_t word = ours->word.load(std::memory_order_relaxed);
  const std::uint32_t claimed = word | 1U;
  if (word == claimed || !ours->word.compare_exchange_strong(word, claimed, std::memory_order_acquire))
    return false;
  std::size_t left = word >> 1U;
  if (ours->watch.are_void(getrandom_is_answered) && left > 0) {
    ::explicit_bzero(ours->bytes, sizeof ours->bytes);
    left = 0;
  }
  const AheadDraw drawn = left >= length ? AheadDraw::drawn : source.draw(ours->bytes, sizeof ours->bytes);
  const bool good = drawn == AheadDraw::drawn;
  if (drawn == AheadDraw::never)
    g_never.store(true, std::memory_order_relaxed);
  if (good) {
    if (left < length) {
      left = sizeof ours->bytes;
      ours->watch.drawn();
    }
    unsigned char* const taken = ours->bytes + sizeof ours->bytes - left;
    std::memcpy(buffer, taken, length);
    ::explicit_bzero(taken, length);
    left -= length;
  } else {
    left = 0;
  }
  // In a child that was forked from a signal handler in the middle of this, the word was wiped, and what was copied is
  // the parent's or zeros.
  std::uint32_t expected = claimed;
  return ours->word.compare_exchange_strong(expected, static_cast<std::uint32_t>(left << 1U),
                                            std::memory_order_release) &&
         good;
}

} // namespace kif::random
