// SPDX-License-Identifier: Apache-2.0
// The seccomp part of a container's configuration: what makes a denial or a trace.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "watch/container.h"

namespace kif::watch {

/// linux.seccomp of the runtime's configuration (runtime-spec, config-linux.md, "seccomp"), for every ABI of this
/// machine; none in plain mode.
///
/// deny: getrandom fails as `denial` says, and AF_ALG sockets (the kernel's DRBG as a socket) are refused.
/// trace: the calls of traced_calls() wait for the listener at `listener_path`.
/// io_uring is refused with ENOSYS in both, as many systems do: what it opens, reads and connects passes no filter. All
/// else is allowed.
std::optional<nlohmann::ordered_json> seccomp_profile(Mode mode, Denial denial, const std::string& listener_path);

} // namespace kif::watch
