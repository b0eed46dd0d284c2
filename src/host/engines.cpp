// SPDX-License-Identifier: Apache-2.0
#include "host/engines.h"

#include <cctype>

#include "base/process.h"
#include "host/root.h"

namespace kif::host {
namespace {

constexpr std::chrono::seconds k_time_limit{5};
constexpr std::size_t k_max_output_bytes = 64UL * 1024;
constexpr std::size_t k_max_version_bytes = 64;

std::optional<std::filesystem::path> find_engine(const std::string& name) {
  if (auto found = find_program(name))
    return found;
  for (const char* folder : {"/usr/local/sbin/", "/usr/sbin/", "/sbin/"})
    if (auto found = find_program(folder + name))
      return found;
  return std::nullopt;
}

/// "1.1.5", "v1.7.2"
bool begins_version(std::string_view word) {
  if (word.size() > 1 && word.front() == 'v')
    word.remove_prefix(1);
  return std::isdigit(static_cast<unsigned char>(word.front())) != 0;
}

Result<std::string> ask_version(const std::filesystem::path& program) {
  KIF_TRY(const ProcessOutput output, run_program({.argv = {program.string(), "--version"},
                                                   .max_output_bytes = k_max_output_bytes,
                                                   .timeout = k_time_limit}));
  if (output.exit_code != 0)
    return fail(ErrorCode::process, "--version ended with exit code " + std::to_string(output.exit_code));
  auto version = version_in(output.out);
  if (!version)
    return fail(ErrorCode::invalid_input, "--version names none");
  return *std::move(version);
}

} // namespace

std::optional<std::string> version_in(std::string_view output) {
  const auto parts = words(output.substr(0, output.find('\n')));
  std::optional<std::string> found;
  for (std::size_t i = 0; i < parts.size() && !found; ++i) {
    if (begins_version(parts[i]))
      found = parts[i];
    else if (parts[i] == "version" && i + 1 < parts.size() && parts[i + 1].find('/') == std::string::npos)
      found = parts[i + 1];
  }
  if (found && found->ends_with(','))
    found->pop_back();
  if (found && (found->empty() || found->size() > k_max_version_bytes))
    return std::nullopt;
  return found;
}

std::vector<Engine> find_engines() {
  std::vector<Engine> found;
  for (const char* name : k_engine_names)
    if (const auto program = find_engine(name))
      found.push_back({.name = name, .path = program->string(), .version = ask_version(*program)});
  return found;
}

} // namespace kif::host
