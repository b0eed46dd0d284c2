// SPDX-License-Identifier: Apache-2.0
#include "base/variables.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/ascii.h"
#include "base/nearest_name.h"

namespace kif::variables {
namespace {

constexpr std::string_view k_prefix = "KIF_";
constexpr std::string_view k_ignore = "KIF_IGNORE";

constexpr std::array k_variables = {
    Variable{"KIF_STATUS", {"text", "json", "quiet"}, "json: every line is an object; quiet: none if all is well"},
    Variable{"KIF_BROKER", {"on", "off"}, "off: serves no random bytes; processes make DRBGs of their own"},
    Variable{"KIF_CATCH_ALL", {"auto", "on", "off"}, "off: no seccomp filter; on: does not start without it"},
    Variable{"KIF_DRAW_AHEAD", {"on", "off", "0"}, "off, 0: draws nothing before it is asked for"},
    Variable{"KIF_COPY_WATCH", {"on", "off"}, "off: takes no notice of signs that this machine is a copy"},
    Variable{"KIF_OPENSSL_CALLS",
             {"guarded", "untouched"},
             "untouched: leaves library contexts and providers by name\nto the program: not approved, by choice"},
    Variable{
        "KIF_REQUIRE_HARDWARE_TIMER", {"off", "on", "0", "1"}, "on, 1: does not start if an emulator makes the time"},
    Variable{"KIF_ON_FAILURE", {"continue", "exit"}, "exit: ends the container when random bytes end for good"},
    Variable{"KIF_PROCESS_1", {"kif-init", "application"}, "application: is process 1 itself, with kif-init beside it"},
    Variable{k_ignore, {}, "NAME,...: variables of your own that begin with KIF_"},
};

std::string list(const Variable& variable) {
  std::string text;
  for (const std::string_view value : variable.values)
    if (!value.empty())
      text += (text.empty() ? "" : ", ") + std::string(value);
  return text;
}

const Variable* find(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(k_variables, name, &Variable::name);
  return found == k_variables.end() ? nullptr : found;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (!name.empty())
      names.emplace_back(name);
  }
  return names;
}

/// KIF_… of capital letters, digits and underscores: others cannot be taken for one of kif's.
bool looks_like_kifs(std::string_view name) noexcept {
  return name.starts_with(k_prefix) &&
         std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; });
}

/// NAME_SERVICE_HOST, NAME_SERVICE_PORT[_…], NAME_PORT, NAME_PORT_80_TCP[_PROTO|_PORT|_ADDR].
bool is_of_a_service(std::string_view name) noexcept {
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT") ||
      name.find("_SERVICE_PORT_") != std::string_view::npos)
    return true;
  for (std::size_t at = name.find("_PORT_"); at != std::string_view::npos; at = name.find("_PORT_", at + 1)) {
    std::string_view rest = name.substr(at + 6);
    const std::string_view number = rest.substr(0, rest.find('_'));
    if (number.empty() || !std::ranges::all_of(number, is_digit))
      continue;
    rest.remove_prefix(number.size());
    for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"})
      if (rest.starts_with(protocol))
        return true;
  }
  return false;
}

Error unknown_names(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names)
    all += (all.empty() ? "" : ", ") + name;
  std::string ignored = all;
  std::erase(ignored, ' ');
  const bool is_one = names.size() == 1;
  Error error(ErrorCode::invalid_input, std::string("cannot use the variable") + (is_one ? " " : "s ") + all +
                                            ": kif has none of " + (is_one ? "that name" : "these names"));
  std::vector<std::string> known;
  for (const Variable& variable : k_variables)
    known.emplace_back(variable.name);
  std::string meant;
  for (const std::string& name : names)
    if (const auto nearest = nearest_name(name, known)) {
      const std::string values = list(*find(*nearest));
      meant += (meant.empty() ? "" : "; ") + *nearest + (values.empty() ? "" : " (" + values + ")");
    }
  if (!meant.empty())
    std::move(error).with_mismatch(meant, all);
  return std::move(error).with_hint("KIF_IGNORE=" + ignored + " lets " + (is_one ? "a variable" : "variables") +
                                    " of your own through; kif-init --help lists kif's");
}

Result<void> check_value(const Variable& variable, std::string_view value) {
  if (value.empty())
    return {};
  if (variable.name == k_ignore) {
    for (const std::string& name : split(value))
      if (find(name) != nullptr)
        return fail(ErrorCode::invalid_input,
                    "cannot use the variable KIF_IGNORE: it lists " + name + ", which is kif's");
    return {};
  }
  if (std::ranges::find(variable.values, value) == variable.values.end())
    return fail(Error(ErrorCode::invalid_input, "cannot use the variable " + std::string(variable.name))
                    .with_mismatch("one of " + list(variable), std::string(value)));
  return {};
}

} // namespace

std::span<const Variable> known() noexcept {
  return k_variables;
}

std::string help() {
  constexpr std::size_t k_column = 31;
  std::string text;
  for (const Variable& variable : k_variables) {
    std::string help(variable.help);
    for (std::size_t at = help.find('\n'); at != std::string::npos; at = help.find('\n', at + 1))
      help.insert(at + 1, k_column, ' ');
    const std::string values = list(variable);
    text += "  " + std::string(variable.name) + std::string(k_column - 2 - variable.name.size(), ' ') + help + "\n" +
            (values.empty() ? "" : std::string(k_column, ' ') + "(" + values + ")\n");
  }
  return text;
}

Result<void> check(const char* const* environment) {
  std::vector<std::string> ignored;
  std::vector<std::string> unknown;
  for (const char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const std::string_view value = text.substr(std::min(name.size() + 1, text.size()));
    if (const Variable* variable = find(name); variable != nullptr) {
      KIF_CHECK(check_value(*variable, value));
      if (name == k_ignore)
        ignored = split(value);
    } else if (looks_like_kifs(name) && !is_of_a_service(name)) {
      unknown.emplace_back(name);
    }
  }
  std::erase_if(unknown, [&](const std::string& name) { return std::ranges::find(ignored, name) != ignored.end(); });
  if (!unknown.empty())
    return fail(unknown_names(unknown));
  return {};
}

bool leaves_openssl_calls(char* (*get)(const char*)) {
  const char* value = get("KIF_OPENSSL_CALLS");
  return value != nullptr && std::string_view(value) == "untouched";
}

} // namespace kif::variables
