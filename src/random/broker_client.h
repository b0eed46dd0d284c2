// SPDX-License-Identifier: Apache-2.0
// The container's broker, asked through its socket.
#pragma once

#include <cstddef>

#include "broker/protocol.h"

namespace kif::random {

enum class BrokerDraw {
  drawn,
  declined, ///< nothing is to be drawn ahead in this container
  failed,   ///< there is no broker, it is none of this container's, it has no bytes, or this process cannot reach it
};

/// Fills `buffer`: by the connection that this process keeps, if it keeps one; else by one for this request alone, so
/// that a process which does not lock itself in has no descriptor that it does not know of. In a process that is
/// confined (confinement.h) by nothing but read and write on the one that it keeps. A process that has used up its
/// descriptors is served by a helper that shares its memory and not its descriptors.
BrokerDraw draw_from_broker(void* buffer, std::size_t length) noexcept;

/// As draw_from_broker(), for bytes that this process keeps for later requests.
BrokerDraw draw_ahead_from_broker(void* buffer, std::size_t length) noexcept;

/// A connection to this container's broker, or a negative errno; EACCES: who listens there is not known to be it.
/// Answers are waited for 90 s. `known`: a connection of this process to the broker, by which that is known again where
/// /proc cannot be looked at any more.
int connect_to_broker(bool close_on_exec, int known = -1) noexcept;

/// The socket's name comes from the root, and is taken once: at the first request, or here, before the program changes
/// its root or its mounts. Not when the library is loaded: that would cost every process 15 us.
void remember_address() noexcept;

/// What came of a request on a connection.
enum class Reply {
  all,
  declined, ///< of RequestKind::ahead
  no,       ///< it has no bytes, or is gone: asking again does not help
  busy,     ///< it closed before it looked at the request
};

/// `plain`: by read and write, the only calls that every seccomp filter has.
Reply ask(int connection, broker::RequestKind kind, void* buffer, std::size_t length, bool plain) noexcept;

/// A connection on which packets of random bytes come without end, the first of them there already, or −1.
int open_stream(bool close_on_exec) noexcept;

/// Waits until such a connection can be read. False: nothing comes any more.
bool wait_for_packet(int descriptor) noexcept;

/// Whether the descriptor is such a connection, of this process or one it was inherited from.
bool is_stream(int descriptor) noexcept;

} // namespace kif::random
