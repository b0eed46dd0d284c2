// SPDX-License-Identifier: Apache-2.0
// Where the broker of this container listens, and whether a process is of this container. Freestanding: plain C
// underneath, no memory from malloc, so that it can be called wherever getrandom can.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

namespace kif::broker {

/// An abstract socket whose name has the number of the mount that is this process's root: on one kernel no two mounts
/// have the same, so containers that share a network namespace (a pod) do not meet. Abstract, since a read-only root has
/// no place for a socket file. The name is no secret and proves nothing: see is_of_this_container(). False where the
/// root cannot be looked at.
bool address_of_container(sockaddr_un& address, socklen_t& size) noexcept;

/// Whether the process at the other end of a connected socket is of this container: it is process 1 of this process's
/// PID namespace, or its mounts are mounts of this process's mount namespace (/proc/PID/mountinfo, which anybody may
/// read). A socket from elsewhere, where the process has no number here, is not.
bool peer_is_of_this_container(int socket) noexcept;

/// Whether bytes may be taken from the other end: it is of this container, and it is process 1, root's, or of this process's
/// own user. Where no broker has the name, anybody in the container can take it.
bool server_is_trusted(int socket) noexcept;

} // namespace kif::broker
