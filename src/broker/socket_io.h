// SPDX-License-Identifier: Apache-2.0
// Whole messages over stream sockets, and a descriptor over a socket.
#pragma once

#include <cstddef>
#include <span>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/file.h"

namespace kif::broker {

/// False: the other end is gone (errno EPIPE or ECONNRESET), or the socket's own time limit passed (EAGAIN).
bool receive_all(int socket, std::span<std::byte> bytes) noexcept;
bool send_all(int socket, std::span<const std::byte> bytes) noexcept;

/// One descriptor with one byte (SCM_RIGHTS).
bool send_descriptor(int socket, int descriptor, std::byte note) noexcept;
struct ReceivedDescriptor {
  UniqueFd descriptor; ///< none: the other end is gone, or sent its note alone
  std::byte note{};
};
ReceivedDescriptor receive_descriptor(int socket) noexcept;

/// A connection to a named SOCK_SEQPACKET socket, or none: nobody listens there, or whoever does has taken none for two
/// seconds.
UniqueFd connect_to_socket(const sockaddr_un& name, socklen_t size) noexcept;

} // namespace kif::broker
