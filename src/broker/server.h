// SPDX-License-Identifier: Apache-2.0
// The broker's socket: bytes for the processes that the catch-all does not reach, for large requests, and for stand-ins
// of the random devices.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "broker/byte_store.h"
#include "broker/protocol.h"

namespace kif::broker {

struct ServerCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> busy{0};
  std::atomic<std::uint64_t> streams{0};
  std::atomic<std::uint64_t> wakeups{0}; ///< of the thread that serves: it sleeps where it can do nothing for anybody
};

/// Connections at a time; more are closed, and their clients try again.
inline constexpr std::size_t k_max_clients = 1000;
/// Of these, connections that processes keep between requests: places are left for those that come and go.
inline constexpr std::size_t k_max_kept = 500;
/// What one request may ask for.
inline constexpr std::uint64_t k_max_request_bytes = std::uint64_t{1} << 32;

/// The socket of this container's broker (container_address.h), named and not listening yet: until whoever is to serve
/// it calls listen(2), clients are refused and do not wait. conflict: the name is taken, by another broker of this
/// container or by a stranger.
Result<UniqueFd> name_socket();

/// A connection to whoever has the name of this container's socket, not trusted yet. None: nobody has it, or nobody
/// takes connections.
UniqueFd connect_to_broker();

/// Who answers on this container's socket and is not to be trusted (describe_peer()); empty: nobody such.
std::string who_has_the_name();

/// Whether a broker of this container answers on its socket already.
bool is_container_served() noexcept;

/// Serves clients for ever, in one thread. Nobody waits for a slow client: each gets one packet in turn, and only when
/// it has room for it. Who asks for little comes first, and processes take turns with long answers, whatever the number
/// of their connections. Processes outside the container are turned away. Who is told no finds the connection closed
/// after its request was read; who came while there were too many, before: ECONNRESET or EPIPE.
[[noreturn]] void serve_clients(int socket, ByteStore& store, ServerCounters& counters);

} // namespace kif::broker
