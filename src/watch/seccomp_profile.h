// SPDX-License-Identifier: Apache-2.0
// The seccomp part of a container's configuration: what engines refuse, and what makes a denial or a trace.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "watch/container.h"

namespace kif::watch {

/// linux.seccomp of the runtime's configuration (runtime-spec, config-linux.md, "seccomp"), for every ABI of this
/// machine.
///
/// In every mode, unless `unconfined`: what container engines refuse to a container with the usual capabilities is
/// refused, with EPERM: name spaces of its own, mounts, keys, BPF, kernel modules, clocks, other hosts' sockets
/// (AF_VSOCK). deny: getrandom fails as `denial` says, and AF_ALG sockets (the kernel's DRBG as a socket) are refused.
/// trace: the calls of traced_calls() wait for the listener at `listener_path`.
/// refused: execve waits for that listener, and the tracer is told of code that is mapped.
/// io_uring is refused with ENOSYS there and under denial and trace: what it opens, reads and connects passes
/// no filter.
nlohmann::ordered_json seccomp_profile(Mode mode, Denial denial, bool unconfined, const std::string& listener_path);

} // namespace kif::watch
