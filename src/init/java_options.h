// SPDX-License-Identifier: Apache-2.0
// The layer's options for JVMs, where an orchestrator has left them out (docs/java.md).
#pragma once

#include <optional>
#include <string>

#include "init/java_check.h"

namespace kif::init {

/// Puts the layer's options back into JAVA_TOOL_OPTIONS of this process, for whatever it starts. What was done, for
/// people; none: nothing, or the image has no Java. Before any thread.
std::optional<std::string> restore_java_options(const std::string& runtimes = k_java_runtimes);

} // namespace kif::init
