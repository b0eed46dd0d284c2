// SPDX-License-Identifier: Apache-2.0
// What a process may do here, tried in children that end at once.
#pragma once

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

Sandbox look_at_sandbox(const Root& root);

/// The value of `Seccomp:` in /proc/self/status, as a word.
Result<std::string> seccomp_mode(std::string_view status);

/// Makes a user namespace in a child.
Result<void> try_user_namespace();

/// Whether the broker's socket could be here: one like it is made, under another name, so that a real one is not in the
/// way.
Result<void> try_broker_socket();

} // namespace kif::host
