// SPDX-License-Identifier: Apache-2.0
#include "random/stand_in.h"

#include <algorithm>
#include <atomic>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "broker/protocol.h"
#include "random/broker_client.h"
#include "random/confinement.h"
#include "random/fill.h"
#include "random/own_generator.h"
#include "random/own_stream.h"
#include "random/stale_packets.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

std::atomic<bool> g_has_opened{false};
std::atomic<bool> g_has_opened_for_writing_only{false};

/// The mark is the socket's priority, of which Linux lets everybody choose 0 to 6, and which says nothing to a socket
/// of this kind. 0, which is all that a sandbox without priorities has: /dev/urandom, opened for both.
constexpr int k_access_modes[] = {O_RDWR, O_RDONLY, O_WRONLY};
constexpr int k_access_mode_count = 3;

int mark_of(Device device, int flags) noexcept {
  const int* mode = std::find(k_access_modes, k_access_modes + k_access_mode_count, flags & O_ACCMODE);
  return static_cast<int>(mode - k_access_modes) % k_access_mode_count +
         (device == Device::random ? k_access_mode_count : 0);
}

/// 1 + the mark of what this process opened under the number. Only a process that installed a filter goes by it, which
/// may end where it asks the kernel: whoever closes a number by other ways is not seen.
constexpr unsigned k_known_numbers = 1024;
std::atomic<unsigned char> g_known[k_known_numbers];

int known_mark(int fd) noexcept {
  return fd >= 0 && static_cast<unsigned>(fd) < k_known_numbers && has_installed_filter()
             ? g_known[fd].load(std::memory_order_relaxed) - 1
             : -1;
}

void note_mark(int fd, int mark) noexcept {
  if (fd >= 0 && static_cast<unsigned>(fd) < k_known_numbers)
    g_known[fd].store(static_cast<unsigned char>(1 + mark), std::memory_order_relaxed);
}

int read_mark(int fd) noexcept {
  if (const int known = known_mark(fd); known >= 0)
    return known;
  int mark = 0;
  socklen_t size = sizeof mark;
  return call(SYS_getsockopt, fd, SOL_SOCKET, SO_PRIORITY, &mark, &size) == 0 && mark >= 0 &&
                 mark < 2 * k_access_mode_count
             ? mark
             : 0;
}

/// What open(2) refuses of a device whatever it is.
int refusal_of(int flags) noexcept {
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
    return -EEXIST;
  if ((flags & O_DIRECTORY) != 0)
    return -ENOTDIR;
  return (flags & O_DIRECT) != 0 ? -EINVAL : 0;
}

} // namespace

int open_stand_in(Device device, int flags) noexcept {
  if (const int refusal = refusal_of(flags); refusal != 0)
    return refusal;
  int fd = is_server() ? -1 : open_stream((flags & O_CLOEXEC) != 0);
  if (fd < 0 && !is_server() && !is_seeding())
    fd = open_own_stream((flags & O_CLOEXEC) != 0);
  if (fd < 0) {
    __atomic_fetch_add(&kif_random_counters.refused, 1, __ATOMIC_RELAXED);
    return -ENXIO;
  }
  if (const int kept = flags & (O_NONBLOCK | O_APPEND); kept != 0)
    call(SYS_fcntl, fd, F_SETFL, O_RDWR | kept);
  const int mark = mark_of(device, flags);
  if (mark != 0)
    call(SYS_setsockopt, fd, SOL_SOCKET, SO_PRIORITY, &mark, sizeof mark);
  note_mark(fd, mark);
  g_has_opened.store(true, std::memory_order_relaxed);
  watch_packets();
  if ((flags & O_ACCMODE) == O_WRONLY)
    g_has_opened_for_writing_only.store(true, std::memory_order_relaxed);
  __atomic_fetch_add(&kif_random_counters.devices, 1, __ATOMIC_RELAXED);
  return fd;
}

int replace_by_stand_in(int fd, Device device, int flags) noexcept {
  const int stand_in = open_stand_in(device, flags & ~(O_CREAT | O_EXCL));
  if (stand_in < 0) {
    call(SYS_close, fd);
    return stand_in;
  }
  long result = 0;
  do
    result = call(SYS_dup3, stand_in, fd, flags & O_CLOEXEC);
  while (result == -EINTR || result == -EBUSY);
  note_duplicated(stand_in, fd);
  note_mark(stand_in, -1);
  call(SYS_close, stand_in);
  if (result < 0)
    call(SYS_close, fd);
  return static_cast<int>(result);
}

bool is_stand_in(int fd) noexcept {
  return known_mark(fd) >= 0 || is_stream(fd) || is_own_stream(fd);
}

void note_closed(unsigned first, unsigned last) noexcept {
  if (!has_opened_stand_in())
    return;
  for (unsigned fd = first; fd <= last && fd < k_known_numbers; ++fd)
    g_known[fd].store(0, std::memory_order_relaxed);
}

void note_duplicated(int from, int to) noexcept {
  if (!has_opened_stand_in() || to < 0 || static_cast<unsigned>(to) >= k_known_numbers)
    return;
  const bool is_known = from >= 0 && static_cast<unsigned>(from) < k_known_numbers;
  g_known[to].store(is_known ? g_known[from].load(std::memory_order_relaxed) : 0, std::memory_order_relaxed);
}

bool has_opened_stand_in() noexcept {
  return g_has_opened.load(std::memory_order_relaxed);
}

bool has_opened_for_writing_only() noexcept {
  return g_has_opened_for_writing_only.load(std::memory_order_relaxed);
}

Device device_of(int fd) noexcept {
  return read_mark(fd) < k_access_mode_count ? Device::urandom : Device::random;
}

dev_t number_of(Device device) noexcept {
  return makedev(k_device_major, device == Device::random ? 8 : 9);
}

int access_of(int fd) noexcept {
  return k_access_modes[read_mark(fd) % k_access_mode_count];
}

void drop_packets_of_before() noexcept {
  if (g_has_opened.load(std::memory_order_relaxed))
    drop_stale_packets(is_stand_in);
}

ssize_t read_on(int fd, const iovec* parts, int count, std::size_t done) noexcept {
  if (done == 0)
    drop_packets_of_before();
  long error = -EIO;
  std::size_t before = 0; // bytes of the parts in front of this one
  for (int i = 0; i < count; before += parts[i].iov_len, ++i)
    while (done < before + parts[i].iov_len) {
      const std::size_t at = done - before;
      const long got = call(SYS_read, fd, static_cast<char*>(parts[i].iov_base) + at, parts[i].iov_len - at);
      if (got == -EINTR || (got == -EAGAIN && wait_for_packet(fd)))
        continue;
      if (got <= 0) {
        error = got < 0 && got != -EAGAIN ? got : -EIO;
        return done > 0 ? static_cast<ssize_t>(done) : static_cast<ssize_t>(with_errno(error));
      }
      done += static_cast<std::size_t>(got);
    }
  return static_cast<ssize_t>(done);
}

ssize_t write_to_stand_in(int fd, const void* buffer, std::size_t length) noexcept {
  if (access_of(fd) == O_RDONLY)
    return static_cast<ssize_t>(with_errno(-EBADF));
  // Sent on only so that the kernel looks at the memory. What the other end has no room for is lost like the rest; an
  // empty packet would be taken for the end.
  if (length > 0 && call(SYS_sendto, fd, buffer, std::min(length, broker::k_stream_packet_bytes),
                         MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0) == -EFAULT)
    return static_cast<ssize_t>(with_errno(-EFAULT));
  constexpr std::size_t most = 0x7fff'f000; // MAX_RW_COUNT (read(2))
  return static_cast<ssize_t>(std::min(length, most));
}

} // namespace kif::random
