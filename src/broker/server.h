// SPDX-License-Identifier: Apache-2.0
// The broker's socket: bytes for the processes that the catch-all does not reach, for large requests, and for stand-ins
// of the random devices.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "broker/byte_store.h"
#include "broker/protocol.h"

namespace kif::broker {

struct ServerCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> streams{0};
};

/// Connections at a time; more are closed, and their clients try again.
inline constexpr std::size_t k_max_clients = 1000;
/// What one request may ask for.
inline constexpr std::uint64_t k_max_request_bytes = std::uint64_t{1} << 32;

/// The socket of this container's broker (container_address.h), named and not listening yet: until whoever is to serve it calls listen(2),
/// clients are refused and do not wait. conflict: the name is taken, by another broker of this container or by a stranger.
Result<UniqueFd> name_socket();

/// Whether a broker of this container answers on its socket already.
bool is_container_served() noexcept;

/// Serves clients for ever, in one thread. Nobody waits for a slow client: each gets one packet in turn, and only when
/// it has room for it. Processes outside the container are turned away.
[[noreturn]] void serve_clients(int socket, ByteStore& store, ServerCounters& counters,
                                const std::function<Counters()>& all_counters);

} // namespace kif::broker
