// SPDX-License-Identifier: Apache-2.0
// JAVA_TOOL_OPTIONS, by which every JVM of an image with Java reads the layer's options first (docs/java.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kif::java_options {

inline constexpr const char* k_variable = "JAVA_TOOL_OPTIONS";

/// What the variable must be to have the layer's options, with `value` behind them; none: it has them. JVMs take the
/// option once, and an orchestrator that sets the variable to something else has left it out.
std::optional<std::string> with_layers(std::string_view value);

} // namespace kif::java_options
