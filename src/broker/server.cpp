// SPDX-License-Identifier: Apache-2.0
#include "broker/server.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/wipe.h"
#include "broker/container_address.h"

namespace kif::broker {
namespace {

/// One connection: waits for a request, or is being answered.
struct Client {
  UniqueFd socket;
  std::uint64_t left = 0; ///< bytes of its request that it has not got yet
  bool is_stream = false; ///< without end
  bool is_busy() const { return is_stream || left > 0; }
  short awaited() const { return static_cast<short>(is_stream ? POLLOUT | POLLIN : left > 0 ? POLLOUT : POLLIN); }
};

enum class Outcome { goes_on, ended };

class Clients {
public:
  Clients(ByteStore& store, ServerCounters& counters, const std::function<Counters()>& all_counters)
      : m_store(store), m_counters(counters), m_all_counters(all_counters), m_packet(k_packet_bytes) {}

  void accept_from(int listener) {
    UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      // Out of descriptors or memory: not to be asked again at once.
      constexpr timespec pause{0, 1'000'000};
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        ::nanosleep(&pause, nullptr);
      return;
    }
    if (m_clients.size() >= k_max_clients || !peer_is_of_this_container(socket.get())) {
      ++m_counters.refused;
      return;
    }
    m_clients.push_back({std::move(socket)});
  }

  void append_polls(std::vector<pollfd>& polls) const {
    for (const Client& client : m_clients)
      polls.push_back({client.socket.get(), client.awaited(), 0});
  }

  /// `polls`: as append_polls() made them.
  void serve(std::span<const pollfd> polls) {
    for (std::size_t i = 0; i < polls.size(); ++i)
      if (polls[i].revents != 0 && serve_one(m_clients[i], polls[i].revents) == Outcome::ended)
        m_clients[i].socket.reset();
    std::erase_if(m_clients, [](const Client& client) { return !client.socket; });
  }

private:
  Outcome serve_one(Client& client, short events) {
    if ((events & (POLLERR | POLLNVAL)) != 0 || ((events & POLLHUP) != 0 && (events & POLLIN) == 0))
      return Outcome::ended;
    if (!client.is_busy())
      return take_request(client);
    if ((events & POLLIN) != 0 && throw_away(client) == Outcome::ended)
      return Outcome::ended;
    return (events & POLLOUT) != 0 ? send_packet(client) : Outcome::goes_on;
  }

  /// Programs write to random devices. Left unread, it would stop them once the socket's buffer is full.
  Outcome throw_away(Client& client) {
    char none = 0;
    const ssize_t got = ::recv(client.socket.get(), &none, 1, MSG_TRUNC);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)) ? Outcome::goes_on : Outcome::ended;
  }

  Outcome take_request(Client& client) {
    Request request;
    const ssize_t got = ::recv(client.socket.get(), &request, sizeof request, MSG_TRUNC);
    if (got <= 0)
      return got < 0 && (errno == EAGAIN || errno == EINTR) ? Outcome::goes_on : Outcome::ended;
    if (got != sizeof request || request.magic != Request::k_request_magic)
      return refuse();
    switch (static_cast<RequestKind>(request.kind)) {
    case RequestKind::bytes:
      if (request.bytes > k_max_request_bytes)
        return refuse();
      ++m_counters.requests;
      client.left = request.bytes;
      return client.is_busy() ? send_packet(client) : Outcome::goes_on;
    case RequestKind::stream:
      ++m_counters.streams;
      client.is_stream = true;
      return Outcome::goes_on;
    case RequestKind::counters: {
      const Counters counters = m_all_counters();
      return send(client, std::as_bytes(std::span(&counters, 1)));
    }
    }
    return refuse();
  }

  Outcome refuse() {
    ++m_counters.refused;
    return Outcome::ended;
  }

  Outcome send_packet(Client& client) {
    const std::uint64_t wanted = client.is_stream ? k_stream_packet_bytes : client.left;
    const auto packet = std::span(m_packet).first(std::min<std::uint64_t>(wanted, m_packet.size()));
    if (!m_store.draw(packet))
      return refuse();
    const Outcome outcome = send(client, packet);
    wipe(packet);
    return outcome;
  }

  Outcome send(Client& client, std::span<const std::byte> packet) {
    const ssize_t sent = ::send(client.socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
      return errno == EAGAIN || errno == EINTR ? Outcome::goes_on : Outcome::ended;
    client.left -= std::min(client.left, static_cast<std::uint64_t>(sent));
    m_counters.bytes += static_cast<std::uint64_t>(sent);
    return Outcome::goes_on;
  }

  ByteStore& m_store;
  ServerCounters& m_counters;
  const std::function<Counters()>& m_all_counters;
  std::vector<std::byte> m_packet;
  std::vector<Client> m_clients;
};

} // namespace

Result<UniqueFd> name_socket() {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!address_of_container(address, size))
    return fail(system_error(errno, "cannot look at the container's root"));
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket)
    return fail(system_error(errno, "cannot make a socket"));
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return errno == EADDRINUSE ? fail(ErrorCode::conflict, "the name of the container's socket is taken")
                               : fail(system_error(errno, "cannot name the socket"));
  return socket;
}

bool is_container_served() noexcept {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!address_of_container(address, size))
    return false;
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
         server_is_trusted(socket.get());
}

void serve_clients(int socket, ByteStore& store, ServerCounters& counters,
                   const std::function<Counters()>& all_counters) {
  Clients clients(store, counters, all_counters);
  std::vector<pollfd> polls;
  for (;;) {
    polls.assign(1, {socket, POLLIN, 0});
    clients.append_polls(polls);
    if (::poll(polls.data(), polls.size(), -1) < 0)
      continue;
    clients.serve(std::span(polls).subspan(1));
    if (polls.front().revents != 0)
      clients.accept_from(socket);
  }
}

} // namespace kif::broker
