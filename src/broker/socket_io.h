// SPDX-License-Identifier: Apache-2.0
// Whole messages over stream sockets, and a descriptor over a socket.
#pragma once

#include <cstddef>
#include <span>

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

} // namespace kif::broker
