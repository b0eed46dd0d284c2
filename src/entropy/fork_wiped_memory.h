// SPDX-License-Identifier: Apache-2.0
// Memory that a forked child sees as zeros, whatever the parent's threads were doing with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kif::entropy {

/// One anonymous private mapping with MADV_WIPEONFORK (Linux 4.14), which covers every kind of fork, raw clone(2) too;
/// not in core dumps, not swapped where RLIMIT_MEMLOCK allows that.
///
/// A kernel or sandbox may refuse MADV_WIPEONFORK. Then wiped_by_kernel() is false, and wipe_if_forked(), called before
/// each use, does it: late, so no secret may rest in such memory. It knows a child by its process id and by
/// pthread_atfork, and does not know one made by raw clone(2) into a new PID namespace in which it has its parent's
/// number.
class ForkWipedMemory {
public:
  explicit ForkWipedMemory(std::size_t bytes) noexcept;
  ~ForkWipedMemory();
  ForkWipedMemory(const ForkWipedMemory&) = delete;
  ForkWipedMemory& operator=(const ForkWipedMemory&) = delete;

  /// Empty where the kernel gave no memory.
  std::span<std::byte> bytes() const noexcept { return m_bytes; }

  bool wiped_by_kernel() const noexcept { return m_wiped_by_kernel; }

  /// Nothing, where the kernel wipes. Else: in a forked child the first call, of whatever thread, wipes, and others
  /// wait for it.
  void wipe_if_forked() const noexcept {
    if (!m_wiped_by_kernel)
      wipe_if_new_process();
  }

private:
  void wipe_if_new_process() const noexcept;

  std::span<std::byte> m_bytes;
  bool m_wiped_by_kernel = false;
  /// The process that the content belongs to, with a bit for "being wiped". Inherited.
  mutable std::atomic<std::uint64_t> m_owner{0};
};

} // namespace kif::entropy
