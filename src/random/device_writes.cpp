// SPDX-License-Identifier: Apache-2.0
// Writing to a stand-in as to a device: taken where it was opened for that, and refused elsewhere.
#include <fcntl.h>
#include <unistd.h>

#include "random/next_function.h"
#include "random/stand_in.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

struct Next {
  ssize_t (*write)(int, const void*, std::size_t);
  ssize_t (*writev)(int, const iovec*, int);
  ssize_t (*pwrite)(int, const void*, std::size_t, off_t);
  ssize_t (*pwritev)(int, const iovec*, int, off_t);
};
Next g_next;

__attribute__((constructor)) void find_all() noexcept {
  find_next(g_next.write, "write");
  find_next(g_next.writev, "writev");
  find_next(g_next.pwrite, "pwrite");
  find_next(g_next.pwritev, "pwritev");
}

/// Another library's constructor may come before ours.
const Next& next() noexcept {
  if (g_next.pwritev == nullptr)
    find_all();
  return g_next;
}

ssize_t write_parts(int fd, const iovec* parts, int count) noexcept {
  ssize_t done = 0;
  if (access_of(fd) == O_RDONLY)
    return static_cast<ssize_t>(with_errno(-EBADF));
  for (int i = 0; i < count; ++i) {
    const ssize_t taken = write_to_stand_in(fd, parts[i].iov_base, parts[i].iov_len);
    if (taken < 0)
      return done > 0 ? done : taken;
    done += taken;
  }
  return done;
}

ssize_t write_file(int fd, const void* buffer, std::size_t length) noexcept {
  if (has_opened_stand_in() && is_stand_in(fd))
    return write_to_stand_in(fd, buffer, length);
  const ssize_t result = next().write(fd, buffer, length);
  // One that another program opened and left to this one: no packet can be so large.
  return result < 0 && errno == EMSGSIZE && is_stand_in(fd) ? write_to_stand_in(fd, buffer, length) : result;
}

/// `failed`: what a system call gave that names a position, which sockets do not have.
bool is_stand_in_without_position(ssize_t failed, int fd) noexcept {
  return failed < 0 && errno == ESPIPE && is_stand_in(fd);
}

ssize_t write_file_at(int fd, const void* buffer, std::size_t length, off_t offset) noexcept {
  const ssize_t result = next().pwrite(fd, buffer, length, offset);
  return is_stand_in_without_position(result, fd) ? write_to_stand_in(fd, buffer, length) : result;
}

ssize_t write_parts_at(int fd, const iovec* parts, int count, off_t offset) noexcept {
  const ssize_t result = next().pwritev(fd, parts, count, offset);
  return is_stand_in_without_position(result, fd) ? write_parts(fd, parts, count) : result;
}

} // namespace
} // namespace kif::random

using namespace kif::random;

extern "C" {

ssize_t write_of_kif(int fd, const void* buffer, std::size_t length) KIF_EXPORT("write");
ssize_t writev_of_kif(int fd, const iovec* parts, int count) KIF_EXPORT("writev");
ssize_t pwrite_of_kif(int fd, const void* buffer, std::size_t length, off_t offset) KIF_EXPORT("pwrite");
ssize_t pwrite64_of_kif(int fd, const void* buffer, std::size_t length, off_t offset) KIF_EXPORT("pwrite64");
ssize_t pwritev_of_kif(int fd, const iovec* parts, int count, off_t offset) KIF_EXPORT("pwritev");
ssize_t pwritev64_of_kif(int fd, const iovec* parts, int count, off_t offset) KIF_EXPORT("pwritev64");

ssize_t write_of_kif(int fd, const void* buffer, std::size_t length) {
  return write_file(fd, buffer, length);
}
ssize_t writev_of_kif(int fd, const iovec* parts, int count) {
  return has_opened_stand_in() && is_stand_in(fd) ? write_parts(fd, parts, count) : next().writev(fd, parts, count);
}
ssize_t pwrite_of_kif(int fd, const void* buffer, std::size_t length, off_t offset) {
  return write_file_at(fd, buffer, length, offset);
}
ssize_t pwrite64_of_kif(int fd, const void* buffer, std::size_t length, off_t offset) {
  return write_file_at(fd, buffer, length, offset);
}
ssize_t pwritev_of_kif(int fd, const iovec* parts, int count, off_t offset) {
  return write_parts_at(fd, parts, count, offset);
}
ssize_t pwritev64_of_kif(int fd, const iovec* parts, int count, off_t offset) {
  return write_parts_at(fd, parts, count, offset);
}

} // extern "C"
