// SPDX-License-Identifier: Apache-2.0
#include "broker/container_address.h"

#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Since Linux 5.8; older headers lack it.
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

namespace kif::broker {
namespace {

constexpr char k_prefix[] = "kif-random/1/";

/// Reads the numbers at which the lines of a mountinfo file begin: the mounts' own. By syscall(), since open, read and
/// close are where a thread can be cancelled, and this runs where a program calls getrandom, which is not.
class MountNumbers {
public:
  explicit MountNumbers(const char* path) noexcept
      : m_fd(static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC))) {}
  MountNumbers(const MountNumbers&) = delete;
  MountNumbers& operator=(const MountNumbers&) = delete;
  ~MountNumbers() {
    if (m_fd >= 0)
      ::syscall(SYS_close, m_fd);
  }

  /// −1: no more.
  long next() noexcept {
    long number = -1;
    for (int c = get(); c >= '0' && c <= '9'; c = get())
      number = (number < 0 ? 0 : number) * 10 + (c - '0');
    if (number >= 0)
      for (int c = get(); c >= 0 && c != '\n'; c = get()) {
      }
    return number;
  }

private:
  int get() noexcept {
    if (m_at == m_end) {
      const long got = m_fd < 0 ? -1 : ::syscall(SYS_read, m_fd, m_buffer, sizeof m_buffer);
      if (got <= 0)
        return -1;
      m_at = 0;
      m_end = static_cast<std::size_t>(got);
    }
    return static_cast<unsigned char>(m_buffer[m_at++]);
  }

  int m_fd;
  std::size_t m_at = 0;
  std::size_t m_end = 0;
  char m_buffer[1024];
};

bool shares_mounts(pid_t process) noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/mountinfo", static_cast<int>(process));
  const long theirs = MountNumbers(path).next();
  // It has another root, below which nothing is mounted: again only process 1 can tell.
  if (theirs < 0 && ::getpid() == 1)
    return true;
  MountNumbers ours("/proc/self/mountinfo");
  bool seen = false;
  for (long number = ours.next(); number >= 0; number = ours.next()) {
    if (number == theirs)
      return true;
    seen = true;
  }
  // Without /proc only process 1 can tell: whoever has a number in its PID namespace is in the container.
  return !seen && ::getpid() == 1;
}

/// False for a process that has no number here: it is of another PID namespace, and so of no container of ours.
bool get_peer(int socket, ucred& peer) noexcept {
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
}

} // namespace

bool address_of_container(sockaddr_un& address, socklen_t& size) noexcept {
  struct statx root = {};
  if (::syscall(SYS_statx, AT_FDCWD, "/", AT_STATX_DONT_SYNC, STATX_INO | STATX_MNT_ID, &root) != 0)
    return false;
  address = {};
  address.sun_family = AF_UNIX;
  char* name = address.sun_path + 1; // the zero in front makes it abstract
  const std::size_t room = sizeof address.sun_path - 1;
  // Kernels that do not number mounts: the root's file system tells containers apart as long as they do not share it.
  const int length =
      (root.stx_mask & STATX_MNT_ID) != 0
          ? std::snprintf(name, room, "%s%llu", k_prefix, static_cast<unsigned long long>(root.stx_mnt_id))
          : std::snprintf(name, room, "%s%x:%x:%llx", k_prefix, root.stx_dev_major, root.stx_dev_minor,
                          static_cast<unsigned long long>(root.stx_ino));
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<std::size_t>(length));
  return true;
}

bool peer_is_of_this_container(int socket) noexcept {
  ucred peer{};
  return get_peer(socket, peer) && (peer.pid == 1 || shares_mounts(peer.pid));
}

bool server_is_trusted(int socket) noexcept {
  ucred peer{};
  return get_peer(socket, peer) && (peer.pid == 1 || ((peer.uid == 0 || peer.uid == ::geteuid()) && shares_mounts(peer.pid)));
}

} // namespace kif::broker
