// SPDX-License-Identifier: Apache-2.0
#include "random/own_stream.h"

#include <atomic>
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "broker/protocol.h"
#include "random/broker_client.h"
#include "random/own_generator.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// The reading ends' inode numbers; the oldest is forgotten. One that is forgotten still gives bytes.
constexpr unsigned k_remembered = 64;
std::atomic<ino_t> g_inodes[k_remembered];
std::atomic<unsigned> g_opened{0};

ino_t inode_of(int fd) noexcept {
  struct stat file = {};
  return call(SYS_fstat, fd, &file) == 0 && S_ISSOCK(file.st_mode) ? file.st_ino : 0;
}

/// Until nobody has the reading end any more.
void* feed(void* argument) noexcept {
  const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(argument));
  unsigned char packet[broker::k_stream_packet_bytes];
  while (draw_from_own_generator(packet, sizeof packet) == OwnDraw::drawn &&
         call(SYS_sendto, fd, packet, sizeof packet, MSG_NOSIGNAL, 0, 0) > 0) {
  }
  call(SYS_close, fd);
  return nullptr;
}

bool start_feeding(int fd) noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_attr_t attributes;
  pthread_t thread{};
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&thread, &attributes, feed, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

} // namespace

int open_own_stream(bool close_on_exec) noexcept {
  unsigned char first[1];
  if (draw_from_own_generator(first, sizeof first) != OwnDraw::drawn)
    return -1;
  int ends[2];
  if (call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return -1;
  if (!close_on_exec)
    call(SYS_fcntl, ends[0], F_SETFD, 0);
  if (!start_feeding(ends[1])) {
    call(SYS_close, ends[0]);
    call(SYS_close, ends[1]);
    return -1;
  }
  wait_for_packet(ends[0]); // a device can be read at once
  g_inodes[g_opened.fetch_add(1) % k_remembered].store(inode_of(ends[0]));
  return ends[0];
}

bool is_own_stream(int descriptor) noexcept {
  if (g_opened.load(std::memory_order_relaxed) == 0)
    return false;
  const ino_t inode = inode_of(descriptor);
  for (const auto& remembered : g_inodes)
    if (inode != 0 && remembered.load(std::memory_order_relaxed) == inode)
      return true;
  return false;
}

} // namespace kif::random
