// SPDX-License-Identifier: Apache-2.0
#include "random/own_stream.h"

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/protocol.h"
#include "random/broker_client.h"
#include "random/confinement.h"
#include "random/own_generator.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// The feeding ends' names begin so; they are abstract, and tell a reading end by its peer.
constexpr char k_name[] = "\0kif-random/1/own/";
constexpr std::size_t k_name_bytes = sizeof k_name - 1;

/// A number that no other socket of this machine has goes behind the name.
bool give_name(int fd) noexcept {
  struct stat file = {};
  if (call(SYS_fstat, fd, &file) != 0)
    return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, k_name, k_name_bytes);
  const int digits = std::snprintf(address.sun_path + k_name_bytes, sizeof address.sun_path - k_name_bytes, "%llu",
                                   static_cast<unsigned long long>(file.st_ino));
  const auto size = offsetof(sockaddr_un, sun_path) + k_name_bytes + static_cast<std::size_t>(digits);
  return call(SYS_bind, fd, &address, size) == 0;
}

/// Whatever the process around has open, its pipes above all, is not held open by this one.
void close_all_but(int fd) noexcept {
  if (call(SYS_close_range, 0, fd - 1, 0) == 0 && call(SYS_close_range, fd + 1, ~0U, 0) == 0)
    return;
  for (int other = 0; other < 65536; ++other)
    if (other != fd)
      call(SYS_close, other);
}

/// Throws away what is written to the stand-in meanwhile: left unread, it would stop the writer once the socket's
/// buffer is full. False: nobody has the reading end any more.
bool wait_until_packet_is_taken(int fd) noexcept {
  pollfd poll{fd, POLLIN | POLLOUT, 0};
  while (true) {
    const long ready = call(SYS_ppoll, &poll, 1, 0, 0, 0);
    if (ready == -EINTR)
      continue;
    if (ready <= 0 || (poll.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
      return false;
    char none = 0;
    if ((poll.revents & POLLIN) != 0)
      call(SYS_recvfrom, fd, &none, 1, MSG_TRUNC | MSG_DONTWAIT, 0, 0);
    if ((poll.revents & POLLOUT) != 0)
      return true;
  }
}

[[noreturn]] void feed(int fd) noexcept {
  // The smallest that the kernel gives: what lies ready in it was drawn before anybody asked.
  constexpr int smallest = 1;
  call(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest);
  call(SYS_prctl, PR_SET_NAME, "kif-random-feed", 0, 0, 0);
  call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Numbers of standard streams stay taken, so that no message of a library goes where the bytes go.
  if (fd <= STDERR_FILENO)
    fd = static_cast<int>(call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  close_all_but(fd);
  while (true) {
    const long taken = call(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
    if (taken < 0 || taken >= STDERR_FILENO)
      break;
  }
  while (wait_until_packet_is_taken(fd)) {
    unsigned char packet[broker::k_stream_packet_bytes];
    if (draw_from_own_generator(packet, sizeof packet) != OwnDraw::drawn ||
        call(SYS_sendto, fd, packet, sizeof packet, MSG_NOSIGNAL, 0, 0) <= 0)
      break;
  }
  ::_exit(0);
}

/// By two forks, so that it is nobody's child: no program finds a process among its own that it did not start. By
/// fork(), whose handlers see to the DRBG. The signals of this process are none of the feeder's.
bool start_feeder(int fd, int reading_end) noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t between = ::fork();
  if (between == 0) {
    call(SYS_close, reading_end);
    call(SYS_setsid);
    if (::fork() == 0)
      feed(fd);
    ::_exit(0);
  }
  // A handler of the program's for SIGCHLD may have taken it already, once it is let through.
  if (between > 0)
    while (call(SYS_wait4, between, 0, 0, 0) == -EINTR) {
    }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return between > 0;
}

} // namespace

int open_own_stream(bool close_on_exec) noexcept {
  unsigned char first[1];
  if (is_confined())
    return -1;
  if (draw_from_own_generator(first, sizeof first) != OwnDraw::drawn)
    return -1;
  int ends[2];
  if (call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return -1;
  const bool is_fed = give_name(ends[1]) && start_feeder(ends[1], ends[0]);
  call(SYS_close, ends[1]);
  if (is_fed && wait_for_packet(ends[0])) { // a device can be read at once
    if (!close_on_exec)
      call(SYS_fcntl, ends[0], F_SETFD, 0);
    return ends[0];
  }
  call(SYS_close, ends[0]);
  return -1;
}

bool is_own_stream(int descriptor) noexcept {
  sockaddr_un peer{};
  socklen_t size = sizeof peer;
  return call(SYS_getpeername, descriptor, &peer, &size) == 0 && peer.sun_family == AF_UNIX &&
         size > offsetof(sockaddr_un, sun_path) + k_name_bytes && std::memcmp(peer.sun_path, k_name, k_name_bytes) == 0;
}

} // namespace kif::random
