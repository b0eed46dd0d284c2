// SPDX-License-Identifier: Apache-2.0
#include "broker/server.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/wipe.h"
#include "broker/container_address.h"
#include "broker/socket_io.h"

namespace kif::broker {
namespace {

/// Who is to get more than this waits for all who are to get less.
constexpr std::uint64_t k_short_bytes = 4096;

/// One connection: waits for a request, or is being answered.
struct Client {
  UniqueFd socket;
  pid_t process = -1;
  std::uint64_t last_turn = 0;         ///< when it got a packet of a long answer last
  std::uint64_t last_process_turn = 0; ///< when a client of its process did
  std::uint64_t left = 0;              ///< bytes of its request that it has not got yet
  bool is_stream = false;              ///< without end
  bool is_outsider = false;            ///< of another container
  bool is_kept = false;                ///< RequestKind::keep
  bool is_busy() const { return is_stream || left > 0; }
  bool is_long() const { return left > k_short_bytes; }
  short awaited() const { return static_cast<short>(is_stream ? POLLOUT | POLLIN : left > 0 ? POLLOUT : POLLIN); }
};

enum class Outcome { goes_on, ended };

/// Of other containers, at a time: they are to take no places from this one's.
constexpr std::size_t k_max_outsiders = 16;

class Clients {
public:
  Clients(ByteStore& store, ServerCounters& counters)
      : m_store(store), m_counters(counters), m_packet(k_packet_bytes) {}

  void accept_from(int listener) {
    // That there is no more is asked only where many come: it costs a system call for each connection.
    constexpr int k_at_once = 64;
    for (int i = 0; accept_one(listener) && i < k_at_once && m_many_come; ++i) {
    }
    m_many_come = true;
  }
  void nobody_came() { m_many_come = false; }

  void append_polls(std::vector<pollfd>& polls) const {
    for (const Client& client : m_clients)
      polls.push_back({client.socket.get(), client.awaited(), 0});
  }

  /// `polls`: as append_polls() made them. All that is short, and then one packet of one long answer: so who asks for
  /// little waits for one packet of somebody else at most.
  void serve(std::span<const pollfd> polls) {
    Client* longest_waiting = nullptr;
    for (std::size_t i = 0; i < polls.size(); ++i) {
      Client& client = m_clients[i];
      if (polls[i].revents == 0)
        continue;
      if (client.is_long() && polls[i].revents == POLLOUT) {
        if (longest_waiting == nullptr || comes_before(client, *longest_waiting))
          longest_waiting = &client;
      } else if (serve_one(client, polls[i].revents) == Outcome::ended) {
        client.socket.reset();
      }
    }
    if (longest_waiting != nullptr) {
      take_turn(*longest_waiting);
      if (send_packet(*longest_waiting) == Outcome::ended)
        longest_waiting->socket.reset();
    }
    std::erase_if(m_clients, [](const Client& client) { return !client.socket; });
  }

private:
  std::size_t count_outsiders() const {
    return static_cast<std::size_t>(std::ranges::count_if(m_clients, &Client::is_outsider));
  }

  bool accept_one(int listener) {
    UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      // Out of descriptors or memory: not to be asked again at once.
      constexpr timespec pause{0, 1'000'000};
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        ::nanosleep(&pause, nullptr);
      return false;
    }
    // A connection that closes before its request is read says "busy": its client comes again. Others are told "no".
    pid_t process = -1;
    const bool is_outsider = !peer_is_of_this_container(socket.get(), process);
    if (m_clients.size() >= k_max_clients || (is_outsider && count_outsiders() >= k_max_outsiders)) {
      ++m_counters.busy;
      return true;
    }
    // A newcomer waits for the others once: else a new connection for each request would come first each time.
    m_clients.push_back({.socket = std::move(socket),
                         .process = process,
                         .last_turn = m_turn,
                         .last_process_turn = m_turn,
                         .is_outsider = is_outsider});
    return true;
  }

  /// Processes take turns, and the connections of one among themselves.
  static bool comes_before(const Client& a, const Client& b) {
    return a.last_process_turn != b.last_process_turn ? a.last_process_turn < b.last_process_turn
                                                      : a.last_turn < b.last_turn;
  }

  void take_turn(Client& client) {
    client.last_turn = ++m_turn;
    for (Client& other : m_clients)
      if (other.process == client.process)
        other.last_process_turn = m_turn;
  }

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
    if (got != sizeof request || request.magic != Request::k_request_magic || client.is_outsider)
      return refuse();
    switch (static_cast<RequestKind>(request.kind)) {
    case RequestKind::ahead:
      if (!m_store.draws_ahead())
        return decline_ahead(client);
      [[fallthrough]];
    case RequestKind::bytes:
      if (request.bytes > k_max_request_bytes)
        return refuse();
      ++m_counters.requests;
      client.left = request.bytes;
      return client.is_busy() && !client.is_long() ? send_packet(client) : Outcome::goes_on;
    case RequestKind::stream:
      ++m_counters.streams;
      client.is_stream = true;
      keep_one_packet(client);
      return Outcome::goes_on;
    case RequestKind::probe:
      return answer_probe(client);
    case RequestKind::keep:
      return answer_keep(client);
    }
    return refuse();
  }

  Outcome answer_keep(Client& client) {
    client.is_kept = client.is_kept || std::ranges::count_if(m_clients, &Client::is_kept) < std::ptrdiff_t{k_max_kept};
    const std::byte answer{client.is_kept};
    ::send(client.socket.get(), &answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return Outcome::goes_on;
  }

  /// The byte is none of the generator's.
  static Outcome decline_ahead(const Client& client) {
    constexpr std::byte none{0};
    ::send(client.socket.get(), &none, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return Outcome::goes_on;
  }

  Outcome answer_probe(const Client& client) {
    WipingArray<k_probe_bytes> drawn;
    const char answer = m_store.draw_new(drawn.bytes()) ? k_probe_served : k_probe_refused;
    ::send(client.socket.get(), &answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return Outcome::ended;
  }

  /// A stand-in is read by read(2), which does not say how much it is going to ask for: one packet has to lie ready.
  /// The smallest send buffer that the kernel gives (4.5 KiB by its own accounting, in which a packet counts for more
  /// than a quarter) is no longer writable with one in it, and poll() says so until it was read (net/unix/af_unix.c,
  /// unix_writable()).
  static void keep_one_packet(const Client& client) {
    constexpr int smallest = 1;
    ::setsockopt(client.socket.get(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest);
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

  /// A client may ask kif-init for its counters as soon as it has its bytes: they are counted by then.
  Outcome send(Client& client, std::span<const std::byte> packet) {
    m_counters.bytes += packet.size();
    const ssize_t sent = ::send(client.socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      m_counters.bytes -= packet.size();
      return errno == EAGAIN || errno == EINTR ? Outcome::goes_on : Outcome::ended;
    }
    client.left -= std::min(client.left, static_cast<std::uint64_t>(sent));
    return Outcome::goes_on;
  }

  ByteStore& m_store;
  ServerCounters& m_counters;
  std::vector<std::byte> m_packet;
  std::vector<Client> m_clients;
  std::uint64_t m_turn = 0;
  bool m_many_come = false; ///< somebody came in the last round as well
};

} // namespace

UniqueFd connect_to_broker() {
  sockaddr_un address{};
  socklen_t size = 0;
  return address_of_container(address, size) ? connect_to_socket(address, size) : UniqueFd();
}

std::string who_has_the_name() {
  const UniqueFd socket = connect_to_broker();
  return socket && !server_is_trusted(socket.get()) ? describe_peer(socket.get()).text : std::string();
}

namespace {

Error name_is_taken() {
  const std::string who = who_has_the_name();
  return {ErrorCode::conflict, "the name of the container's socket is taken" + (who.empty() ? "" : " by " + who)};
}

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
    return errno == EADDRINUSE ? fail(name_is_taken()) : fail(system_error(errno, "cannot name the socket"));
  return socket;
}

bool is_container_served() noexcept {
  const UniqueFd socket = connect_to_broker();
  return socket && server_is_trusted(socket.get());
}

void serve_clients(int socket, ByteStore& store, ServerCounters& counters) {
  Clients clients(store, counters);
  std::vector<pollfd> polls;
  for (;;) {
    polls.assign(1, {socket, POLLIN, 0});
    clients.append_polls(polls);
    const int ready = ::poll(polls.data(), polls.size(), -1);
    ++counters.wakeups;
    if (ready < 0)
      continue;
    clients.serve(std::span(polls).subspan(1));
    if (polls.front().revents != 0)
      clients.accept_from(socket);
    else
      clients.nobody_came();
  }
}

} // namespace kif::broker
