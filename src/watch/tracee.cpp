// SPDX-License-Identifier: Apache-2.0
#include "watch/tracee.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/file.h"
#include "watch/path_walk.h"
#include "watch/proc_text.h"
#include "watch/stack.h"

namespace kif::watch {
namespace {

std::optional<Source> source_of_device(const struct stat& status) {
  if (!S_ISCHR(status.st_mode))
    return std::nullopt;
  if (status.st_rdev == makedev(1, 8))
    return Source::random;
  if (status.st_rdev == makedev(1, 9))
    return Source::urandom;
  if (status.st_rdev == makedev(10, 183))
    return Source::hwrng;
  return std::nullopt;
}

// Regular files of procfs and the like stand on no device (major 0): only for those is the name worth a system call.
bool may_be_proc_file(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_size == 0 && major(status.st_dev) == 0;
}

std::optional<Source> source_of(const struct stat& status, const std::string& link) {
  if (const auto device = source_of_device(status))
    return device;
  if (may_be_proc_file(status) && read_link(link).ends_with("/sys/kernel/random/uuid"))
    return Source::random_uuid;
  return std::nullopt;
}

} // namespace

std::optional<Source> source_of_own_descriptor(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    return std::nullopt;
  return source_of(status, "/proc/self/fd/" + std::to_string(fd));
}

bool ProcTracee::read_memory(int tid, std::uint64_t address, std::span<std::byte> into) const {
  const iovec local{into.data(), into.size()};
  const iovec remote{reinterpret_cast<void*>(address), into.size()}; // an address of the other process
  return ::process_vm_readv(tid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(into.size());
}

// Page by page: the text may end right before a page that is not mapped.
std::optional<std::string> ProcTracee::read_path(int tid, std::uint64_t address) const {
  constexpr std::uint64_t k_page = 4096;
  std::string text;
  std::array<char, k_page> buffer{};
  while (text.size() < PATH_MAX) {
    const std::uint64_t at = address + text.size();
    const std::size_t length = static_cast<std::size_t>(k_page - at % k_page);
    if (!read_memory(tid, at, std::as_writable_bytes(std::span(buffer).first(length))))
      return std::nullopt;
    const auto end = std::find(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length), '\0');
    text.append(buffer.begin(), end);
    if (end != buffer.begin() + static_cast<std::ptrdiff_t>(length))
      return text.size() < PATH_MAX ? std::optional(text) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Source> ProcTracee::source_of_descriptor(int tid, int fd) const {
  const std::string link = proc_path(tid, "fd/" + std::to_string(fd));
  struct stat status {};
  if (fd < 0 || ::stat(link.c_str(), &status) != 0)
    return std::nullopt;
  return source_of(status, link);
}

std::optional<Source> ProcTracee::source_of_path(int tid, int directory_fd, const std::string& path) const {
  const UniqueFd file = open_path_of(tid, directory_fd, path);
  return file ? source_of_own_descriptor(file.get()) : std::nullopt;
}

int ProcTracee::process_of(int tid) const {
  const std::string status = read_proc(tid, "status").value_or("");
  constexpr std::string_view k_key = "\nTgid:\t";
  const std::size_t at = status.find(k_key);
  int pid = 0;
  if (at != std::string::npos)
    std::from_chars(status.data() + at + k_key.size(), status.data() + status.size(), pid);
  return pid;
}

std::string ProcTracee::root_of(int pid) const {
  return read_link(proc_path(pid, "root"));
}

Tracee::Identity ProcTracee::identify(int tid) const {
  std::string name = read_proc(tid, "comm").value_or("");
  if (name.ends_with('\n'))
    name.pop_back();
  return {process_of(tid), std::move(name), read_link(proc_path(tid, "exe"))};
}

std::vector<Frame> ProcTracee::callers(int tid, std::uint64_t instruction_pointer) const {
  return stack_frames(*this, tid, instruction_pointer);
}

std::string ProcTracee::own_libc(int pid) const {
  const auto maps = read_proc(pid, "maps");
  const auto vector = read_proc(pid, "auxv");
  return maps && vector ? libc_of_loader(*maps, *vector) : std::string();
}

std::uint64_t ProcTracee::stack_begin(int pid) const {
  return parse_stack_begin(read_proc(pid, "stat").value_or("")).value_or(0);
}

} // namespace kif::watch
