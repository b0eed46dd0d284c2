// SPDX-License-Identifier: Apache-2.0
// The variable by which every JVM of a Java image reads the layer's options first (docs/java.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/java_check.h"

namespace kif::init {

/// What the variable must be to have the layer's options, with `value` behind them; none: it has them. JVMs take the
/// option once, and an orchestrator that sets the variable to something else has left it out.
std::optional<std::string> with_layers_options(std::string_view value);

/// Puts the layer's options back into JAVA_TOOL_OPTIONS of this process, for whatever it starts. What was done, for
/// people; none: nothing, or the image has no Java. Before any thread.
std::optional<std::string> restore_java_options(const std::string& runtimes = k_java_runtimes);

} // namespace kif::init
