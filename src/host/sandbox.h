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

/// Makes a socket with a name in the abstract namespace.
Result<void> try_abstract_socket();

} // namespace kif::host
