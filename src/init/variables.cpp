// SPDX-License-Identifier: Apache-2.0
#include "init/variables.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace kif::init {
namespace {

struct Variable {
  const char* name;
  std::array<std::string_view, 3> values; // the first is the default
};
constexpr std::array<Variable, 3> k_variables = {{
    {"KIF_STATUS", {"text", "json", "quiet"}},
    {"KIF_BROKER", {"on", "off", ""}},
    {"KIF_CATCH_ALL", {"auto", "on", "off"}},
}};

std::string list(const Variable& variable) {
  std::string text;
  for (const std::string_view value : variable.values)
    if (!value.empty())
      text += (text.empty() ? "" : ", ") + std::string(value);
  return text;
}

} // namespace

Result<void> check_variables(char* (*get)(const char*)) {
  for (const Variable& variable : k_variables) {
    const char* value = get(variable.name);
    if (value != nullptr && *value != '\0' &&
        std::find(variable.values.begin(), variable.values.end(), value) == variable.values.end())
      return fail(Error(ErrorCode::invalid_input, std::string("cannot use the variable ") + variable.name)
                      .with_mismatch("one of " + list(variable), value));
  }
  return {};
}

} // namespace kif::init
