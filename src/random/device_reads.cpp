// SPDX-License-Identifier: Apache-2.0
// Reading a stand-in as a device is read: all that was asked for comes, from wherever it is asked, since a device has
// no positions. A socket is looked at only after it did what no device does.
#include <algorithm>

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/protocol.h"
#include "random/next_function.h"
#include "random/stand_in.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

struct Next {
  ssize_t (*read)(int, void*, std::size_t);
  ssize_t (*readv)(int, const iovec*, int);
  ssize_t (*pread)(int, void*, std::size_t, off_t);
  ssize_t (*preadv)(int, const iovec*, int, off_t);
  ssize_t (*preadv2)(int, const iovec*, int, off_t, int);
  ssize_t (*splice)(int, off64_t*, int, off64_t*, std::size_t, unsigned);
};
Next g_next;

/// RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_NOWAIT and RWF_APPEND (preadv2(2)): others are no flags, or not of a device.
constexpr int k_read_flags = 0x1f;

__attribute__((constructor)) void find_all() noexcept {
  find_next(g_next.read, "read");
  find_next(g_next.readv, "readv");
  find_next(g_next.pread, "pread");
  find_next(g_next.preadv, "preadv");
  find_next(g_next.preadv2, "preadv2");
  find_next(g_next.splice, "splice");
}

/// Another library's constructor may come before ours.
const Next& next() noexcept {
  if (g_next.splice == nullptr)
    find_all();
  return g_next;
}

std::size_t length_of(const iovec* parts, int count) noexcept {
  std::size_t length = 0;
  for (int i = 0; i < count; ++i)
    length += parts[i].iov_len;
  return length;
}

bool is_refused(int fd) noexcept {
  return has_opened_for_writing_only() && is_stand_in(fd) && access_of(fd) == O_WRONLY;
}

/// The end of a packet, also of a stand-in that another program opened and left to this one.
bool is_cut_short(ssize_t done, std::size_t length) noexcept {
  return done == static_cast<ssize_t>(broker::k_stream_packet_bytes) && length > broker::k_stream_packet_bytes;
}

/// What a device never does: a read cut short; none there yet, without blocking; an end.
bool is_unlike_a_device(ssize_t done, std::size_t length) noexcept {
  return is_cut_short(done, length) ||
         ((done == 0 || (done < 0 && errno == EAGAIN)) && length > 0 && has_opened_stand_in());
}

/// `done`: what the system call gave.
ssize_t read_as_device(int fd, const iovec* parts, int count, ssize_t done) noexcept {
  const std::size_t length = done <= static_cast<ssize_t>(broker::k_stream_packet_bytes) ? length_of(parts, count) : 0;
  return is_unlike_a_device(done, length) && is_stand_in(fd)
             ? read_on(fd, parts, count, done > 0 ? static_cast<std::size_t>(done) : 0)
             : done;
}

/// `failed`: what a system call gave that names a position, which sockets do not have.
ssize_t read_anywhere(int fd, const iovec* parts, int count, ssize_t failed) noexcept {
  if (failed >= 0 || errno != ESPIPE || !is_stand_in(fd))
    return failed;
  if (access_of(fd) == O_WRONLY)
    return static_cast<ssize_t>(with_errno(-EBADF));
  return read_on(fd, parts, count, 0);
}

ssize_t read_file(int fd, void* buffer, std::size_t length) noexcept {
  if (is_refused(fd))
    return static_cast<ssize_t>(with_errno(-EBADF));
  drop_packets_of_before();
  const iovec part{buffer, length};
  return read_as_device(fd, &part, 1, next().read(fd, buffer, length));
}

ssize_t read_file_at(int fd, void* buffer, std::size_t length, off_t offset) noexcept {
  const iovec part{buffer, length};
  return read_anywhere(fd, &part, 1, next().pread(fd, buffer, length, offset));
}

off_t seek(int fd, off_t offset, int whence) noexcept {
  const long result = call(SYS_lseek, fd, offset, whence);
  return with_errno(result == -ESPIPE && is_stand_in(fd) ? 0 : result);
}

/// From a stand-in to whatever `out` is; the offset of a device does not move.
ssize_t copy_to(int out, int in, std::size_t length) noexcept {
  if (access_of(in) == O_WRONLY)
    return static_cast<ssize_t>(with_errno(-EBADF));
  std::size_t done = 0;
  long sent = 0;
  unsigned char bytes[broker::k_stream_packet_bytes];
  while (done < length) {
    const iovec part{bytes, std::min(length - done, sizeof bytes)};
    const ssize_t got = read_on(in, &part, 1, 0);
    if (got <= 0) {
      sent = -errno;
      break;
    }
    do
      sent = call(SYS_write, out, bytes, got);
    while (sent == -EINTR && done == 0);
    done += sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (sent < got)
      break;
  }
  __builtin_memset(bytes, 0, sizeof bytes);
  __asm__ volatile("" : : "r"(bytes) : "memory"); // or the wiping is left out
  return done > 0 ? static_cast<ssize_t>(done) : static_cast<ssize_t>(with_errno(sent));
}

ssize_t send_file(int out, int in, off_t* offset, std::size_t length) noexcept {
  const long result = call(SYS_sendfile, out, in, offset, length);
  if ((result == -EINVAL || result == -ESPIPE) && is_stand_in(in))
    return copy_to(out, in, length);
  if (is_cut_short(result, length) && is_stand_in(in)) {
    const ssize_t more = copy_to(out, in, length - static_cast<std::size_t>(result));
    return result + std::max<ssize_t>(more, 0);
  }
  if (result >= 0 && has_opened_stand_in() && is_stand_in(out) && access_of(out) == O_RDONLY)
    return static_cast<ssize_t>(with_errno(-EBADF));
  return static_cast<ssize_t>(with_errno(result));
}

/// A socket has no offset to give.
ssize_t splice_file(int in, off64_t* in_offset, int out, off64_t* out_offset, std::size_t length,
                    unsigned flags) noexcept {
  ssize_t result = next().splice(in, in_offset, out, out_offset, length, flags);
  const bool has_no_offset = result < 0 && (errno == EINVAL || errno == ESPIPE) && in_offset != nullptr;
  if ((!has_no_offset && !is_cut_short(result, length)) || !is_stand_in(in))
    return result;
  if (has_no_offset)
    result = next().splice(in, nullptr, out, out_offset, length, flags);
  while (result > 0 && static_cast<std::size_t>(result) < length) {
    const ssize_t more = next().splice(in, nullptr, out, out_offset, length - static_cast<std::size_t>(result),
                                       flags | SPLICE_F_NONBLOCK);
    if (more <= 0) // the pipe is full
      break;
    result += more;
  }
  return result;
}

} // namespace
} // namespace kif::random

using namespace kif::random;

extern "C" {

ssize_t read_of_kif(int fd, void* buffer, std::size_t length) KIF_EXPORT("read");
ssize_t readv_of_kif(int fd, const iovec* parts, int count) KIF_EXPORT("readv");
ssize_t pread_of_kif(int fd, void* buffer, std::size_t length, off_t offset) KIF_EXPORT("pread");
ssize_t pread64_of_kif(int fd, void* buffer, std::size_t length, off_t offset) KIF_EXPORT("pread64");
ssize_t preadv_of_kif(int fd, const iovec* parts, int count, off_t offset) KIF_EXPORT("preadv");
ssize_t preadv64_of_kif(int fd, const iovec* parts, int count, off_t offset) KIF_EXPORT("preadv64");
ssize_t preadv2_of_kif(int fd, const iovec* parts, int count, off_t offset, int flags) KIF_EXPORT("preadv2");
ssize_t preadv64v2_of_kif(int fd, const iovec* parts, int count, off_t offset, int flags) KIF_EXPORT("preadv64v2");
// As programs with _FORTIFY_SOURCE call them.
ssize_t read_chk_of_kif(int fd, void* buffer, std::size_t length, std::size_t room) KIF_EXPORT("__read_chk");
ssize_t pread_chk_of_kif(int fd, void* buffer, std::size_t length, off_t offset, std::size_t room)
    KIF_EXPORT("__pread_chk");
ssize_t pread64_chk_of_kif(int fd, void* buffer, std::size_t length, off_t offset, std::size_t room)
    KIF_EXPORT("__pread64_chk");
off_t lseek_of_kif(int fd, off_t offset, int whence) noexcept KIF_EXPORT("lseek");
off_t lseek64_of_kif(int fd, off_t offset, int whence) noexcept KIF_EXPORT("lseek64");
ssize_t sendfile_of_kif(int out, int in, off_t* offset, std::size_t length) noexcept KIF_EXPORT("sendfile");
ssize_t sendfile64_of_kif(int out, int in, off_t* offset, std::size_t length) noexcept KIF_EXPORT("sendfile64");
ssize_t splice_of_kif(int in, off64_t* in_offset, int out, off64_t* out_offset, std::size_t length, unsigned flags)
    KIF_EXPORT("splice");

ssize_t read_of_kif(int fd, void* buffer, std::size_t length) {
  return read_file(fd, buffer, length);
}
ssize_t readv_of_kif(int fd, const iovec* parts, int count) {
  if (is_refused(fd))
    return static_cast<ssize_t>(with_errno(-EBADF));
  drop_packets_of_before();
  return read_as_device(fd, parts, count, next().readv(fd, parts, count));
}
ssize_t pread_of_kif(int fd, void* buffer, std::size_t length, off_t offset) {
  return read_file_at(fd, buffer, length, offset);
}
ssize_t pread64_of_kif(int fd, void* buffer, std::size_t length, off_t offset) {
  return read_file_at(fd, buffer, length, offset);
}
ssize_t preadv_of_kif(int fd, const iovec* parts, int count, off_t offset) {
  return read_anywhere(fd, parts, count, next().preadv(fd, parts, count, offset));
}
ssize_t preadv64_of_kif(int fd, const iovec* parts, int count, off_t offset) {
  return read_anywhere(fd, parts, count, next().preadv(fd, parts, count, offset));
}
// With position −1 it is readv.
ssize_t preadv2_of_kif(int fd, const iovec* parts, int count, off_t offset, int flags) {
  if (is_refused(fd))
    return static_cast<ssize_t>(with_errno(-EBADF));
  const ssize_t result = next().preadv2(fd, parts, count, offset, flags);
  if ((flags & ~k_read_flags) != 0 && result < 0 && errno == ESPIPE && is_stand_in(fd))
    return static_cast<ssize_t>(with_errno(-EOPNOTSUPP));
  return offset == -1 ? read_as_device(fd, parts, count, result) : read_anywhere(fd, parts, count, result);
}
ssize_t preadv64v2_of_kif(int fd, const iovec* parts, int count, off_t offset, int flags) {
  return preadv2_of_kif(fd, parts, count, offset, flags);
}

ssize_t read_chk_of_kif(int fd, void* buffer, std::size_t length, std::size_t room) {
  if (length > room)
    __builtin_trap(); // glibc's own ends the process as well
  return read_file(fd, buffer, length);
}
ssize_t pread_chk_of_kif(int fd, void* buffer, std::size_t length, off_t offset, std::size_t room) {
  if (length > room)
    __builtin_trap();
  return read_file_at(fd, buffer, length, offset);
}
ssize_t pread64_chk_of_kif(int fd, void* buffer, std::size_t length, off_t offset, std::size_t room) {
  if (length > room)
    __builtin_trap();
  return read_file_at(fd, buffer, length, offset);
}

off_t lseek_of_kif(int fd, off_t offset, int whence) noexcept {
  return seek(fd, offset, whence);
}
off_t lseek64_of_kif(int fd, off_t offset, int whence) noexcept {
  return seek(fd, offset, whence);
}
ssize_t sendfile_of_kif(int out, int in, off_t* offset, std::size_t length) noexcept {
  return send_file(out, in, offset, length);
}
ssize_t sendfile64_of_kif(int out, int in, off_t* offset, std::size_t length) noexcept {
  return send_file(out, in, offset, length);
}
ssize_t splice_of_kif(int in, off64_t* in_offset, int out, off64_t* out_offset, std::size_t length, unsigned flags) {
  return splice_file(in, in_offset, out, out_offset, length, flags);
}

} // extern "C"
