// SPDX-License-Identifier: Apache-2.0
#include "random/broker_client.h"

#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "broker/container_address.h"
#include "broker/protocol.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// A broker whose generator is being replaced answers late.
constexpr timeval k_patience{90, 0};
/// A broker with too many clients closes new connections.
constexpr int k_max_attempts = 50;

class Connection {
public:
  explicit Connection(bool close_on_exec = true) noexcept {
    sockaddr_un address{};
    socklen_t size = 0;
    if (!broker::address_of_container(address, size))
      return;
    m_fd = static_cast<int>(call(SYS_socket, AF_UNIX, SOCK_SEQPACKET | (close_on_exec ? SOCK_CLOEXEC : 0), 0));
    if (m_fd >= 0 && (call(SYS_connect, m_fd, &address, size) != 0 || !broker::server_is_trusted(m_fd)))
      drop();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { drop(); }

  explicit operator bool() const noexcept { return m_fd >= 0; }
  int get() const noexcept { return m_fd; }
  int release() noexcept {
    const int fd = m_fd;
    m_fd = -1;
    return fd;
  }

  bool ask(broker::RequestKind kind, std::size_t bytes) const noexcept {
    const broker::Request request{.kind = static_cast<std::uint32_t>(kind), .bytes = bytes};
    return call(SYS_sendto, m_fd, &request, sizeof request, MSG_NOSIGNAL, 0, 0) == sizeof request;
  }

private:
  void drop() noexcept {
    if (m_fd >= 0)
      call(SYS_close, m_fd);
    m_fd = -1;
  }

  int m_fd = -1;
};

/// How much came before the connection ended; −1 where nothing came in time.
long receive(int fd, char* buffer, std::size_t length) noexcept {
  std::size_t done = 0;
  while (done < length) {
    const long got = call(SYS_recvfrom, fd, buffer + done, length - done, 0, 0, 0);
    if (got == -EINTR)
      continue;
    if (got == -EAGAIN)
      return -1;
    if (got <= 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<long>(done);
}

} // namespace

bool draw_from_broker(void* buffer, std::size_t length) noexcept {
  for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
    const Connection connection;
    if (!connection)
      return false;
    call(SYS_setsockopt, connection.get(), SOL_SOCKET, SO_RCVTIMEO, &k_patience, sizeof k_patience);
    long got = 0;
    if (connection.ask(broker::RequestKind::bytes, length))
      got = receive(connection.get(), static_cast<char*>(buffer), length);
    if (got == static_cast<long>(length))
      return true;
    if (got != 0) // only a broker that closed at once, being too busy, is asked again
      return false;
    const timespec pause{0, 1'000'000};
    call(SYS_nanosleep, &pause, 0);
  }
  return false;
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
  for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
    Connection connection(close_on_exec);
    if (!connection)
      return -1;
    // A device can be read at once. And a broker without bytes, or with too many clients, closes: no stand-in may be
    // empty.
    char first = 0;
    if (connection.ask(broker::RequestKind::stream, 0) && wait_for_packet(connection.get()) &&
        call(SYS_recvfrom, connection.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT, 0, 0) == 1)
      return connection.release();
    const timespec pause{0, 1'000'000};
    call(SYS_nanosleep, &pause, 0);
  }
  return -1;
}

bool is_stream(int descriptor) noexcept {
  sockaddr_un ours{};
  socklen_t our_size = 0;
  sockaddr_un peer{};
  socklen_t size = sizeof peer;
  return call(SYS_getpeername, descriptor, &peer, &size) == 0 && peer.sun_family == AF_UNIX &&
         broker::address_of_container(ours, our_size) && size == our_size && std::memcmp(&ours, &peer, size) == 0;
}

} // namespace kif::random
