// SPDX-License-Identifier: Apache-2.0
// Which process is this container's application, for who would have asked process 1 without kif.
#pragma once

#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace kif::init {

/// From /proc (`proc`): where process 1 is kif-init, the first of its children that is not kif-init's own; elsewhere 1.
/// not_found: it runs none yet; or /proc does not tell.
Result<pid_t> find_application(const std::string& proc = "/proc");

} // namespace kif::init
