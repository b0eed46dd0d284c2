// SPDX-License-Identifier: Apache-2.0
#include "running_server.h"

#include <cerrno>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "broker/container_address.h"

namespace kif::broker {

RunningServer* RunningServer::start(bool draws_ahead) {
  if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return nullptr;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  auto* server = new RunningServer(draws_ahead); // its thread never ends
  auto socket = name_socket();
  if (!socket)
    return nullptr;
  server->m_socket = *std::move(socket);
  ::listen(server->m_socket.get(), SOMAXCONN);
  std::thread([server] {
    serve_clients(server->m_socket.get(), server->m_counted.store, server->m_counters);
  }).detach();
  return server;
}

TestClient::TestClient() : m_socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  socklen_t size = 0;
  const timeval limit{20, 0};
  ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (!address_of_container(address, size) ||
      ::connect(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    m_socket.reset();
}

bool TestClient::send(const void* data, std::size_t size) const noexcept {
  return ::send(m_socket.get(), data, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

bool TestClient::ask(RequestKind kind, std::uint64_t bytes) const noexcept {
  const Request request{.kind = static_cast<std::uint32_t>(kind), .bytes = bytes};
  return send(&request, sizeof request);
}

std::vector<std::byte> TestClient::receive(std::size_t count) const {
  std::vector<std::byte> bytes(count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::recv(m_socket.get(), bytes.data() + done, count - done, 0);
    if (got <= 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

long TestClient::next_packet() const noexcept {
  std::byte byte{};
  const ssize_t got = ::recv(m_socket.get(), &byte, 1, MSG_TRUNC);
  return got < 0 && errno == ECONNRESET ? 0 : got; // it closed with a request unread
}

} // namespace kif::broker
