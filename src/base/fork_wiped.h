// SPDX-License-Identifier: Apache-2.0
// A small object that every kind of fork leaves as zeros: the sign of a fork that a process number is not, since a
// child in a PID namespace of its own may have its parent's. Freestanding, for what is read into every process.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kif {

/// All of zeros is the initial state of `Content`, which has no destructor. In an anonymous mapping with
/// MADV_WIPEONFORK (Linux 4.14), so that it holds for a raw clone(2) too; a child that shares its parent's memory
/// shares it. Where the kernel or a sandbox refuses the advice, a child is known by its process number, or by forget().
/// Async-signal-safe; errno is left as it was.
template <class Content> class ForkWiped {
public:
  constexpr ForkWiped() noexcept = default;

  /// Null where the kernel gives no memory.
  Content* get() noexcept {
    Content* content = m_content.load(std::memory_order_acquire);
    if (content == nullptr)
      content = make();
    if (content != nullptr && !m_is_wiped.load(std::memory_order_relaxed))
      forget_as_another_process(*content);
    return content;
  }

  /// Null where get() was never called in this process or those that it was forked from.
  Content* if_made() noexcept { return m_content.load(std::memory_order_acquire) == nullptr ? nullptr : get(); }

  /// For a fork handler, in the child: where the kernel does not do it.
  void forget() noexcept {
    if (Content* content = m_content.load(std::memory_order_acquire);
        content != nullptr && !m_is_wiped.load(std::memory_order_relaxed))
      std::memset(static_cast<void*>(content), 0, sizeof *content);
  }

  bool is_wiped_by_kernel() const noexcept { return m_is_wiped.load(std::memory_order_relaxed); }

private:
  static constexpr std::size_t k_page_bytes = 4096;
  static_assert(sizeof(Content) <= k_page_bytes);

  Content* make() noexcept {
    const int error = errno;
    void* memory = ::mmap(nullptr, k_page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    Content* made = nullptr;
    if (memory != MAP_FAILED) {
      // A kernel that takes an advice that does not exist takes any, and does nothing.
      const bool is_wiped =
          ::madvise(memory, k_page_bytes, MADV_WIPEONFORK) == 0 && ::madvise(memory, k_page_bytes, 12345) != 0;
      if (!is_wiped)
        m_process.store(this_process(), std::memory_order_relaxed);
      m_is_wiped.store(is_wiped, std::memory_order_relaxed);
      if (m_content.compare_exchange_strong(made, static_cast<Content*>(memory), std::memory_order_acq_rel))
        made = static_cast<Content*>(memory);
      else
        ::munmap(memory, k_page_bytes);
    }
    errno = error;
    return made;
  }

  void forget_as_another_process(Content& content) noexcept {
    const long process = this_process();
    if (m_process.load(std::memory_order_relaxed) == process)
      return;
    std::memset(static_cast<void*>(&content), 0, sizeof content);
    m_process.store(process, std::memory_order_relaxed);
  }

  static long this_process() noexcept { return ::syscall(SYS_getpid); }

  // Inherited.
  std::atomic<Content*> m_content{nullptr};
  std::atomic<bool> m_is_wiped{false};
  std::atomic<long> m_process{0};
};

} // namespace kif
