// SPDX-License-Identifier: Apache-2.0
// The seccomp filter of the catch-all: getrandom of this process and all it starts is answered by whoever holds the
// listener. It reaches what no interposer does: static binaries, raw system calls, Go's runtime.
#pragma once

#include "base/file.h"
#include "base/result.h"

namespace kif::broker {

/// Installs the filter for this process, for good, and returns the listener. Every ABI of the machine is covered (a
/// 64-bit kernel serves 32-bit programs too). Without CAP_SYS_ADMIN the kernel wants no_new_privs, which is then set:
/// setuid programs gain nothing from here on.
///
/// denied: a sandbox forbids it; conflict: another listener is there already (EBUSY), as under a runtime that traces
/// the container; unsupported: the kernel has no user notification (before 5.0).
Result<UniqueFd> install_catch_all_filter();

} // namespace kif::broker
