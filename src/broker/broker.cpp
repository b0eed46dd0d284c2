// SPDX-License-Identifier: Apache-2.0
#include "broker/broker.h"

#include <cerrno>
#include <csignal>
#include <functional>

#include <sys/socket.h>

#include "broker/container_address.h"

namespace kif::broker {
namespace {

/// Signals are for the thread that waits for them.
void start_thread(std::function<void()> work) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(std::move(work)).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace

Broker::Broker(UniqueFd listener, UniqueFd socket) : m_listener(std::move(listener)), m_socket(std::move(socket)) {
  if (m_listener)
    for (std::size_t i = 0; i < k_answering_threads; ++i)
      start_thread([this, i] { answer_calls(m_listener.get(), m_store, m_catch_all, m_taken, i); });
  if (m_socket && ::listen(m_socket.get(), SOMAXCONN) == 0)
    start_thread([this] { serve_clients(m_socket.get(), m_store, m_server, [this] { return counters(); }); });
}

void Broker::take_generator(pid_t process, UniqueFd link, bool must_be_ready) {
  ++m_generator_starts;
  m_store.take_generator(process, std::move(link), must_be_ready);
}

Counters Broker::counters() const {
  Counters counters;
  counters.catch_all_requests = m_catch_all.requests;
  counters.catch_all_bytes = m_catch_all.bytes;
  counters.catch_all_refused = m_catch_all.refused;
  counters.socket_requests = m_server.requests;
  counters.socket_bytes = m_server.bytes;
  counters.socket_refused = m_server.refused;
  counters.streams = m_server.streams;
  counters.generator_starts = m_generator_starts;
  return counters;
}

Result<Counters> ask_for_counters() {
  sockaddr_un address{};
  socklen_t size = 0;
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket || !address_of_container(address, size))
    return fail(system_error(errno, "cannot ask the broker"));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      !server_is_trusted(socket.get()))
    return fail(Error(ErrorCode::not_found, "cannot ask the broker: none runs in this container")
                    .with_hint("kif-init runs it, where it starts the application"));
  const Request request{.kind = static_cast<std::uint32_t>(RequestKind::counters)};
  Counters counters;
  if (::send(socket.get(), &request, sizeof request, MSG_NOSIGNAL) != sizeof request ||
      ::recv(socket.get(), &counters, sizeof counters, 0) != sizeof counters)
    return fail(ErrorCode::io, "cannot ask the broker: it did not answer");
  return counters;
}

} // namespace kif::broker
