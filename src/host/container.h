// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

/// Inside are: a process with process numbers of its own (a PID namespace that is not the kernel's first), and one that
/// has an engine's mark and any namespace of its own. A mark alone is none: a machine's image may have been made from a
/// container's.
Result<Container> look_for_container(const Root& root, bool is_gvisor);

} // namespace kif::host
