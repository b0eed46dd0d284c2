// SPDX-License-Identifier: Apache-2.0
#include "random/broker_client.h"

#include <atomic>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "broker/container_address.h"
#include "random/caught.h"
#include "random/confinement.h"
#include "random/kept_connection.h"
#include "random/spare_descriptors.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// A broker whose generator is being replaced answers late.
constexpr timeval k_patience{90, 0};
/// A broker with too many clients closes new connections.
constexpr int k_max_attempts = 50;

struct Address {
  sockaddr_un name;
  socklen_t size; ///< 0: the root could not be looked at
};
enum class Kept : int { none, being_written, there };
std::atomic<Kept> g_kept{Kept::none};
Address g_address; // written once

Address address() noexcept {
  if (g_kept.load(std::memory_order_acquire) == Kept::there)
    return g_address;
  Address found{};
  if (!broker::address_of_container(found.name, found.size))
    return {};
  Kept none = Kept::none;
  if (g_kept.compare_exchange_strong(none, Kept::being_written, std::memory_order_relaxed)) {
    g_address = found;
    g_kept.store(Kept::there, std::memory_order_release);
  }
  return found;
}

/// Whether the same process is at the other end of both. Its number is nobody else's as long as it lives, and it lives
/// as long as the known connection is open at that end.
bool have_same_peer(int known, int fresh) noexcept {
  ucred one{};
  ucred other{};
  socklen_t size = sizeof one;
  char next = 0;
  if (known < 0 || call(SYS_getsockopt, known, SOL_SOCKET, SO_PEERCRED, &one, &size) != 0 ||
      call(SYS_getsockopt, fresh, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0 || one.pid <= 0 || one.pid != other.pid)
    return false;
  const long got = call(SYS_recvfrom, known, &next, 1, MSG_PEEK | MSG_DONTWAIT, 0, 0);
  return got > 0 || got == -EAGAIN;
}

void pause_for_others() noexcept {
  const timespec pause{0, 1'000'000};
  call(SYS_nanosleep, &pause, 0);
}

/// `error`: of the connection that could not be had, or 0.
BrokerDraw draw_by_new_connection(broker::RequestKind kind, void* buffer, std::size_t length, int& error) noexcept {
  error = 0;
  for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
    const int connection = connect_to_broker(true);
    if (connection < 0) {
      error = -connection;
      return BrokerDraw::failed;
    }
    const Reply reply = ask(connection, kind, buffer, length, false);
    call(SYS_close, connection);
    if (reply == Reply::all || reply == Reply::declined)
      return reply == Reply::all ? BrokerDraw::drawn : BrokerDraw::declined;
    if (reply == Reply::no)
      return BrokerDraw::failed;
    pause_for_others();
  }
  return BrokerDraw::failed;
}

BrokerDraw draw(broker::RequestKind kind, void* buffer, std::size_t length) noexcept {
  // Who can have words asks first whether any other call is safe. Who cannot has read and write.
  const bool has_words = reach() != Reach::none;
  if (has_words && is_confined())
    return BrokerDraw::failed;
  if (has_words)
    keep_connection_if_easy();
  switch (draw_from_kept_connection(kind, buffer, length)) {
  case Reply::all:
    return BrokerDraw::drawn;
  case Reply::declined:
    return BrokerDraw::declined;
  default:
    break;
  }
  if (!has_words && is_confined())
    return BrokerDraw::failed;
  struct Request {
    broker::RequestKind kind;
    void* buffer;
    std::size_t length;
    BrokerDraw result;
    int error;
  } request{kind, buffer, length, BrokerDraw::failed, 0};
  request.result = draw_by_new_connection(kind, buffer, length, request.error);
  // Who is at the other end may be unknown for want of a descriptor. Words need none, nor does a DRBG that is there.
  if (request.error != EMFILE && (request.error != EACCES || has_descriptors()))
    return request.result;
  if (has_words || has_own_generator())
    return request.result;
  run_with_spare_descriptors(
      [](void* argument) noexcept {
        auto& asked = *static_cast<Request*>(argument);
        asked.result = draw_by_new_connection(asked.kind, asked.buffer, asked.length, asked.error);
      },
      &request);
  return request.result;
}

} // namespace

BrokerDraw draw_from_broker(void* buffer, std::size_t length) noexcept {
  return draw(broker::RequestKind::bytes, buffer, length);
}

BrokerDraw draw_ahead_from_broker(void* buffer, std::size_t length) noexcept {
  return draw(broker::RequestKind::ahead, buffer, length);
}

void remember_address() noexcept {
  (void)address();
}

int connect_to_broker(bool close_on_exec, int known) noexcept {
  const Address broker = address();
  if (broker.size == 0)
    return -ENOENT;
  const int connection =
      static_cast<int>(call(SYS_socket, AF_UNIX, SOCK_SEQPACKET | (close_on_exec ? SOCK_CLOEXEC : 0), 0));
  if (connection < 0)
    return connection;
  long failure = call(SYS_connect, connection, &broker.name, broker.size);
  if (failure == 0 && !broker::server_is_trusted(connection) && !have_same_peer(known, connection))
    failure = -EACCES;
  if (failure != 0) {
    call(SYS_close, connection);
    return static_cast<int>(failure);
  }
  call(SYS_setsockopt, connection, SOL_SOCKET, SO_RCVTIMEO, &k_patience, sizeof k_patience);
  return connection;
}

Reply ask(int connection, broker::RequestKind kind, void* buffer, std::size_t length, bool plain) noexcept {
  const broker::Request request{.kind = static_cast<std::uint32_t>(kind), .bytes = length};
  const long sent = plain ? call(SYS_write, connection, &request, sizeof request)
                          : call(SYS_sendto, connection, &request, sizeof request, MSG_NOSIGNAL, 0, 0);
  if (sent != sizeof request)
    return Reply::busy;
  auto* out = static_cast<char*>(buffer);
  std::size_t done = 0;
  while (done < length) {
    const long got = plain ? call(SYS_read, connection, out + done, length - done)
                           : call(SYS_recvfrom, connection, out + done, length - done, 0, 0, 0);
    if (got == -EINTR)
      continue;
    if (got <= 0)
      return got == -ECONNRESET && done == 0 ? Reply::busy : Reply::no;
    if (got == 1 && length > 1 && kind == broker::RequestKind::ahead)
      return Reply::declined;
    done += static_cast<std::size_t>(got);
  }
  return Reply::all;
}

bool wait_for_packet(int descriptor) noexcept {
  pollfd poll{descriptor, POLLIN, 0};
  timespec patience{k_patience.tv_sec, 0};
  long ready = 0;
  do
    ready = call(SYS_ppoll, &poll, 1, &patience, 0, 0);
  while (ready == -EINTR);
  return ready == 1 && (poll.revents & POLLIN) != 0;
}

int open_stream(bool close_on_exec) noexcept {
  if (is_confined())
    return -1;
  for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
    const int connection = connect_to_broker(close_on_exec);
    if (connection < 0)
      return -1;
    const broker::Request request{.kind = static_cast<std::uint32_t>(broker::RequestKind::stream)};
    const long sent = call(SYS_sendto, connection, &request, sizeof request, MSG_NOSIGNAL, 0, 0);
    // A device can be read at once: no stand-in may be empty. And reads of one that waits may wait for ever.
    const timeval endless{};
    char first = 0;
    long got = -EAGAIN;
    if (sent == sizeof request && wait_for_packet(connection))
      got = call(SYS_recvfrom, connection, &first, 1, MSG_PEEK | MSG_DONTWAIT, 0, 0);
    if (got == 1) {
      call(SYS_setsockopt, connection, SOL_SOCKET, SO_RCVTIMEO, &endless, sizeof endless);
      return connection;
    }
    call(SYS_close, connection);
    if (sent == sizeof request && got != -ECONNRESET)
      return -1;
    pause_for_others();
  }
  return -1;
}

bool is_stream(int descriptor) noexcept {
  const Address ours = address();
  sockaddr_un peer{};
  socklen_t size = sizeof peer;
  return call(SYS_getpeername, descriptor, &peer, &size) == 0 && peer.sun_family == AF_UNIX && ours.size != 0 &&
         size == ours.size && std::memcmp(&ours.name, &peer, size) == 0;
}

} // namespace kif::random
