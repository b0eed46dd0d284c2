// SPDX-License-Identifier: Apache-2.0
#include "init/java_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/file.h"
#include "base/process.h"

namespace kif::init {
namespace {

constexpr std::size_t k_max_list_bytes = 64UL * 1024;
constexpr std::size_t k_max_output_bytes = 64UL * 1024;
/// A second on a free processor; a hundredth of one, as a container's limit may give it, takes two minutes.
constexpr std::chrono::seconds k_limit{200};
/// A container may have fewer processors and less memory than the machine.
constexpr unsigned k_most_at_once = 2;
constexpr std::string_view k_mark = "kif-java: ";

// Of all that a JVM may print (the options that it picked up, warnings), the line of the check. Empty: it printed none.
std::string line_of_check(std::string_view output) {
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    if (const std::string_view line = output.substr(at, end - at); line.starts_with(k_mark))
      return std::string(line.substr(k_mark.size()));
    at = end + 1;
  }
  return {};
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

constexpr std::array k_option_variables = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"};

/// "-XX:+UseG1GC" and its like.
bool chooses_collector(const char* variable) {
  const char* const value = std::getenv(variable);
  std::string_view rest = value != nullptr ? value : "";
  constexpr std::string_view k_begin = "-XX:+Use";
  for (std::size_t at = 0; (at = rest.find(k_begin)) != std::string_view::npos;) {
    rest.remove_prefix(at + k_begin.size());
    if (rest.substr(0, rest.find_first_of(" \t\n\"'")).ends_with("GC"))
      return true;
  }
  return false;
}

/// Where `home` has no launcher the command has no arguments.
Command command_of_check(const std::string& home) {
  const std::string launcher = home + "/bin/java";
  if (::access(launcher.c_str(), X_OK) != 0)
    return {};
  // The class path is for a container that lost JAVA_TOOL_OPTIONS: then the check says what is missing, and not the JVM
  // that it knows no such class. The other options make a JVM that lives for a second cheap.
  Command command{.argv = {launcher, "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1"}};
  if (std::none_of(k_option_variables.begin(), k_option_variables.end(), chooses_collector))
    command.argv.emplace_back("-XX:+UseSerialGC"); // a JVM with two does not start
  for (const char* argument : {"-cp", "/usr/lib/kif/java/kif-java.jar", "kif.java.SelfCheck"})
    command.argv.emplace_back(argument);
  command.standard_input = "\n"; // by a pipe: /dev/null may be absent
  command.max_output_bytes = k_max_output_bytes;
  command.timeout = k_limit;
  return command;
}

tl::unexpected<FailedCheck> refuse_check(const Command& command, ErrorCode code, const std::string& reason) {
  return refuse(Failure::java, Error(code, "cannot check " + command.argv.front() + ": " + reason));
}

} // namespace

JavaChecks::JavaChecks(const std::string& runtimes) {
  auto text = read_file(runtimes, k_max_list_bytes);
  if (!text) {
    if (text.error().code != ErrorCode::not_found)
      m_started = refuse(Failure::java, std::move(text).error());
    return;
  }
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    if (std::string home = text->substr(at, end - at); !home.empty()) {
      Command command = command_of_check(home);
      m_checks.push_back({std::move(home), std::move(command)});
    }
    at = end + 1;
  }
  const std::size_t at_once = std::clamp(std::thread::hardware_concurrency(), 1U, k_most_at_once);
  while (m_started && m_next < std::min(at_once, m_checks.size()))
    m_started = start(m_checks[m_next++]);
}

Checked<void> JavaChecks::start(Check& check) {
  if (check.command.argv.empty())
    return {};
  auto process = ChildProcess::start(check.command, ChildProcess::Streams::collected, true);
  if (!process)
    return refuse_check(check.command, process.error().code, process.error().message);
  check.process = *std::move(process);
  return {};
}

Checked<std::string> JavaChecks::finish(Check& check) {
  if (!check.process)
    return check.home + " not checked: it has no bin/java";
  auto done = run_to_end(*check.process, check.command);
  if (!done)
    return refuse_check(check.command, done.error().code, done.error().message);
  if (done->exit_code == 0)
    if (std::string line = line_of_check(done->out); line.starts_with("ready: "))
      return line;
  std::string said = line_of_check(done->err);
  if (said.empty())
    said = "exit code " + std::to_string(done->exit_code) + ", " + last_line(done->err);
  return refuse_check(check.command, ErrorCode::process, said);
}

Checked<std::vector<std::string>> JavaChecks::finish() {
  std::vector<std::string> lines;
  for (Check& check : m_checks) {
    if (!m_started)
      break;
    auto line = finish(check);
    if (!line)
      return tl::unexpected(std::move(line).error());
    lines.push_back(*std::move(line));
    if (m_next < m_checks.size())
      m_started = start(m_checks[m_next++]);
  }
  if (!m_started)
    return tl::unexpected(std::move(m_started).error());
  return lines;
}

} // namespace kif::init
