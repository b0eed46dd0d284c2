// SPDX-License-Identifier: Apache-2.0
// The broker's server in a thread of this process, and clients that speak its protocol.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/file.h"
#include "broker/protocol.h"
#include "broker/server.h"
#include "counting_generator.h"

namespace kif::broker {

/// Listens at this container's address in a network namespace that the test has to itself, so that tests run side by
/// side. One for a test; it is never ended, as the real one is not.
class RunningServer {
public:
  /// None, with the reason, where there can be no such namespace.
  static RunningServer* start(bool draws_ahead = true);

  ServerCounters& counters() noexcept { return m_counters; }
  CountingGenerator& generator() noexcept { return m_counted.generator; }
  ByteStore& store() noexcept { return m_counted.store; }

private:
  explicit RunningServer(bool draws_ahead) : m_counted(draws_ahead) {}
  CountedStore m_counted;
  ServerCounters m_counters;
  UniqueFd m_socket;
};

/// A connection to the server; its receive calls end after 20 s.
class TestClient {
public:
  TestClient();
  int get() const noexcept { return m_socket.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(m_socket); }

  bool send(const void* data, std::size_t size) const noexcept;
  bool ask(RequestKind kind, std::uint64_t bytes = 0) const noexcept;
  /// `count` bytes out of as many packets as it takes, or fewer: the connection ended.
  std::vector<std::byte> receive(std::size_t count) const;
  /// The size of the next packet: 0 where the server has closed, −1 where nothing came.
  long next_packet() const noexcept;
  /// The server closes without an answer.
  bool is_turned_away() const noexcept { return next_packet() == 0; }
  void close() noexcept { m_socket.reset(); }

private:
  UniqueFd m_socket;
};

#define KIF_START_SERVER(name, ...)                                                                                    \
  auto* const name = RunningServer::start(__VA_ARGS__);                                                                \
  if ((name) == nullptr)                                                                                               \
  GTEST_SKIP() << "a network namespace needs root or user namespaces"

} // namespace kif::broker
