// SPDX-License-Identifier: Apache-2.0
#include "base/java_options.h"

namespace kif::java_options {
namespace {

constexpr std::string_view k_option = "-XX:VMOptionsFile=/etc/kif/java.options";
constexpr std::string_view k_between = " \t\n\v\f\r"; // the JVM parts the words by isspace(3), but for quoted ones

} // namespace

std::optional<std::string> with_layers(std::string_view value) {
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

} // namespace kif::java_options
