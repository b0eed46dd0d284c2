// SPDX-License-Identifier: Apache-2.0
#include "init/java_options.h"

#include <cstdlib>

#include <unistd.h>

#include "base/quote.h"

namespace kif::init {
namespace {

constexpr const char* k_variable = "JAVA_TOOL_OPTIONS";
constexpr std::string_view k_option = "-XX:VMOptionsFile=/etc/kif/java.options";
constexpr std::string_view k_between = " \t\n\v\f\r"; // the JVM parts the words by isspace(3), but for quoted ones

} // namespace

std::optional<std::string> with_layers_options(std::string_view value) {
  std::string word;
  char quote = '\0';
  for (const char c : std::string(value) + " ") {
    if (quote == '\0' && k_between.find(c) != std::string_view::npos) {
      if (word == k_option)
        return std::nullopt;
      word.clear();
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      word += c;
    }
  }
  return std::string(k_option) + (value.empty() ? "" : " " + std::string(value));
}

std::optional<std::string> restore_java_options(const std::string& runtimes) {
  if (::access(runtimes.c_str(), F_OK) != 0)
    return std::nullopt;
  const char* const given = std::getenv(k_variable);
  const std::string value = given != nullptr ? given : "";
  const auto whole = with_layers_options(value);
  if (!whole || ::setenv(k_variable, whole->c_str(), 1) != 0)
    return std::nullopt;
  return value.empty()
             ? "JAVA_TOOL_OPTIONS was lost: the layer's options were put back"
             : "JAVA_TOOL_OPTIONS was " + in_quotes(shortened(value)) + ": the layer's options were put before it";
}

} // namespace kif::init
