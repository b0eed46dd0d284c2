// SPDX-License-Identifier: Apache-2.0
// The container's broker, asked through its socket.
#pragma once

#include <cstddef>

namespace kif::random {

/// Fills `buffer`. False: there is no broker, it is none of this container's, or it has no bytes. A connection for each
/// request: a descriptor that were kept could be closed by the program, and its number be somebody else's file.
bool draw_from_broker(void* buffer, std::size_t length) noexcept;

/// A connection on which packets of random bytes come without end, the first of them there already, or −1.
int open_stream(bool close_on_exec) noexcept;

/// Waits until such a connection can be read. False: nothing comes any more.
bool wait_for_packet(int descriptor) noexcept;

/// Whether the descriptor is such a connection, of this process or one it was inherited from.
bool is_stream(int descriptor) noexcept;

} // namespace kif::random
