// SPDX-License-Identifier: Apache-2.0
// Writing an answer into the memory of a process that waits for it, as the kernel's own getrandom would: what that
// process may not write to itself is not written to for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/types.h>

#include "base/file.h"

namespace kif::broker {

/// How an answer is written. /proc/PID/mem passes over page protection (FOLL_FORCE), so that a program that may do
/// nothing but call getrandom could have its read-only code written: it is never trusted alone.
enum class MemoryWay {
  /// process_vm_writev: the kernel looks at the protection as it writes, so no other thread can change it in between.
  /// It
  /// goes by the thread's number. That number can be another thread's only if the caller was killed and all other
  /// numbers were given out between two system calls of ours that follow each other.
  by_number,
  /// /proc/PID/mem, which is held to the memory that it was opened for, after a look at /proc/PID/maps, which is too.
  /// For sandboxes that forbid process_vm_writev. A thread that maps something else there in that moment is not
  /// noticed.
  by_file,
};

/// What works in this process: by_number, where a process may be written to so at all.
MemoryWay usable_memory_way() noexcept;

struct Written {
  std::size_t bytes = 0;   ///< as far as the memory can be written to from its start
  bool is_refused = false; ///< this process has no right to write there; nothing was written
};

/// The memory of one thread whose call is waiting. Opened before the call is found to be waiting still, which the
/// caller of write() has to ask again before each write.
class CallerMemory {
public:
  CallerMemory(pid_t thread, MemoryWay way) noexcept;

  /// False: this process has no right to write there, or it is gone. Where the way is by_number, write() tells.
  explicit operator bool() const noexcept { return m_way == MemoryWay::by_number ? m_thread > 0 : m_memory && m_maps; }

  Written write(std::uint64_t address, std::span<const std::byte> bytes) const noexcept;

private:
  Written write_by_number(std::uint64_t address, std::span<const std::byte> bytes) const noexcept;
  Written write_by_file(std::uint64_t address, std::span<const std::byte> bytes) const noexcept;

  pid_t m_thread;
  MemoryWay m_way;
  UniqueFd m_memory;
  UniqueFd m_maps;
};

/// How many bytes from `address` on may be written to by the process whose /proc/PID/maps this is: 0 to `length`.
std::size_t writable_bytes(int maps, std::uint64_t address, std::size_t length) noexcept;

} // namespace kif::broker
