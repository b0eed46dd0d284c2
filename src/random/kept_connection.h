// SPDX-License-Identifier: Apache-2.0
// A connection to the broker that a process keeps. It is made while it can be: before the process has another root or
// other name spaces, no descriptors to give, or a seccomp filter that has read and write and no more. Under the
// catch-all, a process that can only be answered by words keeps one for speed. Its number is out of the way and
// protected from close and its kin; relatives never share one, since one could look at what the other is about to read.
#pragma once

#include <cstddef>

#include "random/broker_client.h"

namespace kif::random {

/// True: this process has one, perhaps since now. False: there is no broker, no place for it, or no descriptor. Not for
/// a confined process (confinement.h).
bool keep_connection() noexcept;

/// The same, after a process's first requests, and for a while not tried again where there was no place.
bool keep_connection_if_easy() noexcept;

/// Reply::no where there is none. Reads and writes only.
Reply draw_from_kept_connection(broker::RequestKind kind, void* buffer, std::size_t length) noexcept;

/// Whether the number is that of the kept connection, as far as this library knows: of a program that closed it by a
/// raw system call, it does not.
bool is_kept_connection(int descriptor) noexcept;

/// The kept connection's number, or −1.
int kept_connection() noexcept;

/// Gives its number away, for a program that insists on it. False: it has no other to go to.
bool move_kept_connection() noexcept;

} // namespace kif::random
