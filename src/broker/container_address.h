// SPDX-License-Identifier: Apache-2.0
// Where the broker of this container listens, and whether a process is of this container. Freestanding: plain C
// underneath, no memory from malloc, so that it can be called wherever getrandom can.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

namespace kif::broker {

/// An abstract socket whose name has the number of the mount that is this process's root: on one kernel no two mounts
/// have the same, so containers that share a network namespace (a pod) do not meet. Abstract, since a read-only root
/// has no place for a socket file. The name is no secret and proves nothing: see is_of_this_container(). False where
/// the root cannot be looked at.
bool address_of_container(sockaddr_un& address, socklen_t& size) noexcept;

/// Whether the process at the other end of a connected socket is of this container: its mounts are mounts of this
/// process's mount namespace (/proc/PID/mountinfo, which anybody may read). Where no /proc tells, process 1 is of its
/// PID namespace's container, and so, for process 1, is whoever has a number there. A socket from elsewhere, where the
/// process has no number here, is not. `process`: the number that the process has here, or 0.
bool peer_is_of_this_container(int socket, pid_t& process) noexcept;
bool peer_is_of_this_container(int socket) noexcept;

/// Whether bytes may be taken from the other end: it is of this container, and it is root's or of this process's own
/// user. Where no broker has the name, anybody in the container can take it; and in a PID namespace that containers
/// share, process 1 is one of theirs. A user that has no number in this process's user namespace is taken for root
/// where it has process 1, which is outside of that namespace and made all that is in it.
bool server_is_trusted(int socket) noexcept;

/// Who is at the other end, for a message: "process 1 of user 1000, of another container". Empty: it cannot be told.
struct PeerText {
  char text[96] = {};
};
PeerText describe_peer(int socket) noexcept;

} // namespace kif::broker
