// SPDX-License-Identifier: Apache-2.0
// How many seccomp filters a task has: who has more than the application was started with locked itself in, and a
// system call that it did not expect may end it.
#pragma once

#include <optional>

#include <sys/types.h>

namespace kif::broker {

/// Of a process's or thread's number, from /proc/TASK/status, which anybody may read. None: it is gone or hidden, or
/// the kernel does not say (before Linux 5.9).
std::optional<unsigned> count_filters(pid_t task);

} // namespace kif::broker
