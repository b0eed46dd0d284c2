// SPDX-License-Identifier: Apache-2.0
#include "broker/container_address.h"

#include <atomic>
#include <cstddef>
#include <cstdio>

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fork_wiped.h"

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

enum class Mounts {
  ours,
  others,
  unknown, ///< no /proc, or one that does not show that process
};

/// The mount namespaces' own names, which only who may trace the process can read.
Mounts compare_mount_namespaces(pid_t process) noexcept {
  char path[48];
  struct stat theirs = {};
  struct stat ours = {};
  std::snprintf(path, sizeof path, "/proc/%d/ns/mnt", static_cast<int>(process));
  if (::syscall(SYS_newfstatat, AT_FDCWD, path, &theirs, 0) != 0 ||
      ::syscall(SYS_newfstatat, AT_FDCWD, "/proc/self/ns/mnt", &ours, 0) != 0)
    return Mounts::unknown;
  return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino ? Mounts::ours : Mounts::others;
}

Mounts compare_mounts(pid_t process) noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/mountinfo", static_cast<int>(process));
  const long theirs = MountNumbers(path).next();
  // It has another root, below which nothing is mounted, or cannot be seen.
  if (theirs < 0)
    return compare_mount_namespaces(process);
  MountNumbers ours("/proc/self/mountinfo");
  bool seen = false;
  for (long number = ours.next(); number >= 0; number = ours.next()) {
    if (number == theirs)
      return Mounts::ours;
    seen = true;
  }
  return seen ? Mounts::others : compare_mount_namespaces(process);
}

/// Whether the process's root is ours, in our mount namespace: then it sees what we see. Tells within some microseconds
/// what compare_mounts() tells of most processes, for which the kernel writes down all mounts of both. Says no where it
/// cannot be told: only who may trace the process may look, and not every kernel numbers mounts.
bool has_our_root(pid_t process) noexcept {
  char path[48];
  struct statx theirs = {};
  struct statx ours = {};
  std::snprintf(path, sizeof path, "/proc/%d/root", static_cast<int>(process));
  constexpr unsigned k_wanted = STATX_INO | STATX_MNT_ID;
  return ::syscall(SYS_statx, AT_FDCWD, path, AT_STATX_DONT_SYNC, k_wanted, &theirs) == 0 &&
         ::syscall(SYS_statx, AT_FDCWD, "/", AT_STATX_DONT_SYNC, k_wanted, &ours) == 0 &&
         (theirs.stx_mask & ours.stx_mask & k_wanted) == k_wanted && theirs.stx_mnt_id == ours.stx_mnt_id &&
         theirs.stx_ino == ours.stx_ino && compare_mount_namespaces(process) == Mounts::ours;
}

/// Process 1 was found to have our mounts. It is the same process as long as its PID namespace is there, which a child
/// may not share.
ForkWiped<std::atomic<bool>> g_first_has_our_mounts;

/// As compare_mounts(), which takes some tens of microseconds, for the one that is asked for at each request.
Mounts compare_servers_mounts(pid_t process) noexcept {
  std::atomic<bool>* known = process == 1 ? g_first_has_our_mounts.get() : nullptr;
  if (known != nullptr && known->load(std::memory_order_relaxed))
    return Mounts::ours;
  const Mounts mounts = compare_mounts(process);
  if (known != nullptr && mounts == Mounts::ours)
    known->store(true, std::memory_order_relaxed);
  return mounts;
}

/// What stands for a user that this user namespace has no number for (user_namespaces(7)), and is no user of it.
bool is_unmapped_user(uid_t user) noexcept {
  constexpr uid_t k_overflow_user = 65534;
  if (user != k_overflow_user)
    return false;
  const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/proc/self/uid_map", O_RDONLY | O_CLOEXEC));
  char text[1024];
  const long got = fd < 0 ? -1 : ::syscall(SYS_read, fd, text, sizeof text - 1);
  if (fd >= 0)
    ::syscall(SYS_close, fd);
  if (got < 0)
    return false;
  text[got] = 0;
  // Lines of three numbers: the first one here, the first one outside, how many.
  const char* at = text;
  while (*at != 0) {
    unsigned long long numbers[3] = {};
    for (auto& number : numbers) {
      while (*at == ' ')
        ++at;
      for (; *at >= '0' && *at <= '9'; ++at)
        number = number * 10 + static_cast<unsigned long long>(*at - '0');
    }
    if (user >= numbers[0] && user - numbers[0] < numbers[2])
      return false;
    while (*at != 0 && *at++ != '\n') {
    }
  }
  return true;
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

bool peer_is_of_this_container(int socket, pid_t& process) noexcept {
  ucred peer{};
  const bool has_number = get_peer(socket, peer);
  process = peer.pid;
  if (!has_number)
    return false;
  if (has_our_root(peer.pid))
    return true;
  const Mounts mounts = compare_mounts(peer.pid);
  return mounts == Mounts::ours || (mounts == Mounts::unknown && (peer.pid == 1 || ::getpid() == 1));
}

bool peer_is_of_this_container(int socket) noexcept {
  pid_t process = 0;
  return peer_is_of_this_container(socket, process);
}

bool server_is_trusted(int socket) noexcept {
  ucred peer{};
  if (!get_peer(socket, peer) ||
      (peer.uid != 0 && peer.uid != ::geteuid() && !(peer.pid == 1 && is_unmapped_user(peer.uid))))
    return false;
  const Mounts mounts = compare_servers_mounts(peer.pid);
  return mounts == Mounts::ours || (mounts == Mounts::unknown && peer.pid == 1);
}

PeerText describe_peer(int socket) noexcept {
  PeerText described;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return described;
  if (peer.pid <= 0)
    std::snprintf(described.text, sizeof described.text, "a process of user %u outside of this PID namespace",
                  peer.uid);
  else
    std::snprintf(described.text, sizeof described.text, "process %d of user %u, of %s container",
                  static_cast<int>(peer.pid), peer.uid,
                  compare_mounts(peer.pid) == Mounts::others ? "another" : "this");
  return described;
}

} // namespace kif::broker
