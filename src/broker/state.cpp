// SPDX-License-Identifier: Apache-2.0
#include "broker/state.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "broker/container_address.h"
#include "broker/server.h"
#include "broker/socket_io.h"

namespace kif::broker {
namespace {

/// The broker's address with a word behind it.
bool state_address(sockaddr_un& address, socklen_t& size) noexcept {
  constexpr std::string_view k_suffix = "/state";
  if (!address_of_container(address, size) || size + k_suffix.size() > sizeof address)
    return false;
  std::memcpy(reinterpret_cast<char*>(&address) + size, k_suffix.data(), k_suffix.size());
  size += static_cast<socklen_t>(k_suffix.size());
  return true;
}

Error no_broker() {
  const std::string who = who_has_the_name();
  return Error(ErrorCode::not_found, "cannot ask the broker: none runs in this container" +
                                         (who.empty() ? "" : "; the name of its socket has " + who))
      .with_hint("kif-init runs it when it starts the application");
}

/// Its user may be another one than ours: nobody's secrets are asked for.
UniqueFd connect_to(const sockaddr_un& address, socklen_t size) {
  UniqueFd socket = connect_to_socket(address, size);
  if (socket && !peer_is_of_this_container(socket.get()))
    socket.reset();
  return socket;
}

/// Whether something can be read, or the other end is gone.
bool wait_until_readable(int socket, int limit_ms) {
  pollfd poll{socket, POLLIN, 0};
  int ready = 0;
  do
    ready = ::poll(&poll, 1, limit_ms);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

} // namespace

std::string_view to_string(State state) noexcept {
  switch (state) {
  case State::checking:
    return "checking";
  case State::ready:
    return "ready";
  case State::degraded:
    return "degraded";
  case State::failed:
    return "failed";
  }
  return "failed";
}

std::int64_t unix_time_s() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec;
}

void StateBoard::set(State state, std::string reason) {
  const std::lock_guard lock(m_mutex);
  if (state != m_state || m_since_unix_s == 0)
    m_since_unix_s = unix_time_s();
  m_state = state;
  m_reason = std::move(reason);
}

State StateBoard::state() const {
  const std::lock_guard lock(m_mutex);
  return m_state;
}

void StateBoard::describe(StateReport& report) const {
  const std::lock_guard lock(m_mutex);
  report.state = m_state;
  report.since_unix_s = m_since_unix_s;
  set_text(report.reason, m_reason);
}

Result<UniqueFd> name_state_socket() {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!state_address(address, size))
    return fail(system_error(errno, "cannot look at the container's root"));
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket)
    return fail(system_error(errno, "cannot make a socket"));
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0)
    return fail(system_error(errno, "cannot name the state's socket"));
  return socket;
}

void serve_state(int socket, const std::function<StateReport()>& report) {
  for (;;) {
    const UniqueFd client(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) {
      // Out of descriptors or memory: not to be asked again at once.
      constexpr timespec pause{0, 1'000'000};
      if (errno != EINTR && errno != ECONNABORTED)
        ::nanosleep(&pause, nullptr);
      continue;
    }
    if (!peer_is_of_this_container(client.get()))
      continue;
    const StateReport all = report();
    ::send(client.get(), &all, sizeof all, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

Result<StateReport> ask_for_state(int limit_ms) {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!state_address(address, size))
    return fail(system_error(errno, "cannot ask the broker"));
  const UniqueFd socket = connect_to(address, size);
  if (!socket)
    return fail(no_broker());
  StateReport report;
  if (!wait_until_readable(socket.get(), limit_ms)) {
    report.state = State::checking;
    set_text(report.reason, "the checks of the start run");
    return report;
  }
  if (::recv(socket.get(), &report, sizeof report, 0) != ssize_t{sizeof report} ||
      report.magic != StateReport::k_magic || report.state > State::failed)
    return fail(ErrorCode::io, "cannot ask the broker: it did not answer");
  return report;
}

Result<void> probe_broker(int limit_ms) {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!address_of_container(address, size))
    return fail(system_error(errno, "cannot ask the broker"));
  const UniqueFd socket = connect_to(address, size);
  if (!socket)
    return fail(no_broker());
  const Request request{.kind = static_cast<std::uint32_t>(RequestKind::probe)};
  char answer = 0;
  if (::send(socket.get(), &request, sizeof request, MSG_NOSIGNAL) != ssize_t{sizeof request})
    return fail(ErrorCode::io, "no random bytes: the broker has closed the connection");
  if (!wait_until_readable(socket.get(), limit_ms))
    return fail(ErrorCode::timeout,
                "no random bytes: the broker has not answered within " + std::to_string(limit_ms / 1000) + " s");
  if (::recv(socket.get(), &answer, 1, 0) != 1)
    return fail(ErrorCode::conflict, "no random bytes: the broker is busy, or has ended");
  if (answer != k_probe_served)
    return fail(ErrorCode::denied, "no random bytes: the broker refuses them");
  return {};
}

} // namespace kif::broker
