// SPDX-License-Identifier: Apache-2.0
#include "entropy/fork_wiped_memory.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/wipe.h"
#include "entropy/backoff.h"

namespace kif::entropy {

namespace {

// Forks that this process and its forebears went through, as far as pthread_atfork tells.
std::atomic<std::uint32_t> fork_count{0};

extern "C" void kif_entropy_count_fork() {
  fork_count.fetch_add(1, std::memory_order_relaxed);
}

void register_fork_counter() noexcept {
  static std::atomic<bool> registered{false};
  // A failure (no memory) leaves the process id as the only sign of a fork.
  if (!registered.exchange(true))
    (void)::pthread_atfork(nullptr, nullptr, kif_entropy_count_fork);
}

constexpr std::uint64_t k_being_wiped = 1;

std::uint64_t this_process() noexcept {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(::getpid())) << 32 |
         (static_cast<std::uint64_t>(fork_count.load(std::memory_order_relaxed)) << 1 & 0xffff'fffe);
}

// Some emulators answer any advice with success and do nothing (qemu's user mode did). One that takes an advice that
// does not exist is not believed.
bool wipe_on_fork(void* address, std::size_t bytes) noexcept {
  return ::madvise(address, bytes, -1) != 0 && ::madvise(address, bytes, MADV_WIPEONFORK) == 0;
}

} // namespace

ForkWipedMemory::ForkWipedMemory(std::size_t bytes) noexcept {
  void* const address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED)
    return;
  m_bytes = {static_cast<std::byte*>(address), bytes};
  m_wiped_by_kernel = wipe_on_fork(address, bytes);
  if (!m_wiped_by_kernel) {
    register_fork_counter();
    m_owner.store(this_process(), std::memory_order_relaxed);
  }
  // Best effort, both: RLIMIT_MEMLOCK may be 64 KiB or nothing, and the bytes are not worth refusing to work.
  (void)::madvise(address, bytes, MADV_DONTDUMP);
  (void)::mlock(address, bytes);
}

ForkWipedMemory::~ForkWipedMemory() {
  if (m_bytes.empty())
    return;
  wipe(m_bytes);
  ::munmap(m_bytes.data(), m_bytes.size());
}

void ForkWipedMemory::wipe_if_new_process() const noexcept {
  const std::uint64_t own = this_process();
  std::uint64_t owner = m_owner.load(std::memory_order_acquire);
  Backoff backoff;
  while (owner != own) {
    // A child that was forked while its parent was wiping sees the parent's number with the bit, and takes over.
    if (owner == (own | k_being_wiped)) {
      backoff.pause();
      owner = m_owner.load(std::memory_order_acquire);
    } else if (m_owner.compare_exchange_strong(owner, own | k_being_wiped, std::memory_order_acquire)) {
      wipe(m_bytes);
      m_owner.store(own, std::memory_order_release);
      return;
    }
  }
}

} // namespace kif::entropy
