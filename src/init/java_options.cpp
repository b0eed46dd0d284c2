// SPDX-License-Identifier: Apache-2.0
#include "init/java_options.h"

#include <cstdlib>

#include <unistd.h>

#include "base/java_options.h"
#include "base/quote.h"

namespace kif::init {

std::optional<std::string> restore_java_options(const std::string& runtimes) {
  if (::access(runtimes.c_str(), F_OK) != 0)
    return std::nullopt;
  const char* const given = std::getenv(java_options::k_variable);
  const std::string value = given != nullptr ? given : "";
  const auto whole = java_options::with_layers(value);
  if (!whole || ::setenv(java_options::k_variable, whole->c_str(), 1) != 0)
    return std::nullopt;
  return value.empty()
             ? "JAVA_TOOL_OPTIONS was lost: the layer's options were put back"
             : "JAVA_TOOL_OPTIONS was " + in_quotes(shortened(value)) + ": the layer's options were put before it";
}

} // namespace kif::init
