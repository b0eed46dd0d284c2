// SPDX-License-Identifier: Apache-2.0
#include "broker/caller_memory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace kif::broker {
namespace {

UniqueFd open_of(pid_t thread, const char* file, int flags) noexcept {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", static_cast<int>(thread), file);
  return thread > 0 ? UniqueFd(::open(path.data(), flags | O_CLOEXEC)) : UniqueFd();
}

bool is_refusal(int error) noexcept {
  return error == EPERM || error == ESRCH || error == ENOSYS;
}

/// Reads a maps file line by line: "start-end rwxp …", hexadecimal, in the order of the addresses.
class Mappings {
public:
  explicit Mappings(int maps) noexcept : m_maps(maps) {}

  struct Mapping {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    bool is_writable = false;
  };
  /// False: no more.
  bool next(Mapping& mapping) noexcept {
    mapping = {};
    if (!read_number(mapping.start, '-') || !read_number(mapping.end, ' '))
      return false;
    get(); // r
    mapping.is_writable = get() == 'w';
    for (int c = get(); c >= 0 && c != '\n'; c = get()) {
    }
    return true;
  }

private:
  bool read_number(std::uint64_t& number, int stop) noexcept {
    int c = get();
    for (; c >= 0 && c != stop; c = get())
      number = number << 4U | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    return c == stop;
  }

  int get() noexcept {
    if (m_at == m_end) {
      ssize_t got = 0;
      do
        got = ::pread64(m_maps, m_buffer.data(), m_buffer.size(), m_offset);
      while (got < 0 && errno == EINTR);
      if (got <= 0)
        return -1;
      m_offset += got;
      m_at = 0;
      m_end = static_cast<std::size_t>(got);
    }
    return static_cast<unsigned char>(m_buffer[m_at++]);
  }

  int m_maps;
  off64_t m_offset = 0;
  std::size_t m_at = 0;
  std::size_t m_end = 0;
  std::array<char, 4096> m_buffer{};
};

} // namespace

std::size_t writable_bytes(int maps, std::uint64_t address, std::size_t length) noexcept {
  std::uint64_t reached = address;
  const std::uint64_t end = address + std::min<std::uint64_t>(length, ~std::uint64_t{0} - address);
  Mappings mappings(maps);
  for (Mappings::Mapping mapping; reached < end && mappings.next(mapping);) {
    if (mapping.end <= reached)
      continue;
    if (mapping.start > reached || !mapping.is_writable)
      break;
    reached = std::min(mapping.end, end);
  }
  return static_cast<std::size_t>(reached - address);
}

MemoryWay usable_memory_way() noexcept {
  // To this very process: a sandbox that forbids the call forbids it for any.
  std::byte from{1};
  std::byte to{0};
  const iovec local{&from, 1};
  const iovec remote{&to, 1};
  return ::process_vm_writev(::getpid(), &local, 1, &remote, 1, 0) == 1 && to == from ? MemoryWay::by_number
                                                                                      : MemoryWay::by_file;
}

CallerMemory::CallerMemory(pid_t thread, MemoryWay way) noexcept : m_thread(thread), m_way(way) {
  if (way == MemoryWay::by_number)
    return;
  m_memory = open_of(thread, "mem", O_WRONLY);
  m_maps = open_of(thread, "maps", O_RDONLY);
}

Written CallerMemory::write(std::uint64_t address, std::span<const std::byte> bytes) const noexcept {
  return m_way == MemoryWay::by_number ? write_by_number(address, bytes) : write_by_file(address, bytes);
}

Written CallerMemory::write_by_number(std::uint64_t address, std::span<const std::byte> bytes) const noexcept {
  Written written;
  while (written.bytes < bytes.size()) {
    const std::span rest = bytes.subspan(written.bytes);
    const iovec local{const_cast<std::byte*>(rest.data()), rest.size()};
    const iovec remote{reinterpret_cast<void*>(address + written.bytes), rest.size()};
    const ssize_t count = ::process_vm_writev(m_thread, &local, 1, &remote, 1, 0);
    if (count < 0 && errno == EINTR)
      continue;
    written.is_refused = count < 0 && written.bytes == 0 && is_refusal(errno);
    if (count <= 0)
      break;
    written.bytes += static_cast<std::size_t>(count);
  }
  return written;
}

Written CallerMemory::write_by_file(std::uint64_t address, std::span<const std::byte> bytes) const noexcept {
  Written written;
  const std::span allowed = bytes.first(writable_bytes(m_maps.get(), address, bytes.size()));
  while (written.bytes < allowed.size()) {
    const std::span rest = allowed.subspan(written.bytes);
    const ssize_t count =
        ::pwrite64(m_memory.get(), rest.data(), rest.size(), static_cast<off64_t>(address + written.bytes));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    written.bytes += static_cast<std::size_t>(count);
  }
  return written;
}

} // namespace kif::broker
