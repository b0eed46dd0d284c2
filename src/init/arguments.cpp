// SPDX-License-Identifier: Apache-2.0
#include "init/arguments.h"

#include <charconv>
#include <string>
#include <system_error>

#include "base/variables.h"

namespace kif::init {

std::string usage() {
  return R"(usage: kif-init [--] COMMAND ARGS...
       kif-init --check
       kif-init --status [--wait[=S]] [--format json|prometheus]
       kif-init --health [--wait[=S]]
       kif-init --application

Checks the FIPS layer of this container, says so in one line on stderr, and runs COMMAND.
Where a check fails, it says why, does not run COMMAND, and exits with a code from 80 to 94.

  --check        the checks alone; exit code 0 where all pass
  --status       the state of this container's broker of random bytes and what it has served, as
                 JSON or as metrics; exit code 0 where it is ready, 1 no broker, 2 degraded,
                 3 failed, 4 checking
  --health       whether random bytes are served now: draws some; exit code 0 where they are, else
                 as --status, or 5
  --wait[=S]     with --status or --health: waits until the checks are done, for S seconds (60)
  --application  the number of the application's process: its stdout is /proc/NUMBER/fd/1
  --help         this text
  --version      the version of kif-init

Variables, each with what it may be, the default first. Another value, or another name that
begins with KIF_, is refused (exit code 93).

)" + variables::help();
}

namespace {

constexpr std::string_view k_format = "--format";
constexpr std::string_view k_wait = "--wait";

std::string_view option(Action action) {
  switch (action) {
  case Action::check:
    return "--check";
  case Action::status:
    return "--status";
  case Action::health:
    return "--health";
  default:
    return "--application";
  }
}

Result<OutputFormat> parse_format(std::string_view text) {
  if (text == "json")
    return OutputFormat::json;
  if (text == "prometheus")
    return OutputFormat::prometheus;
  return fail(Error(ErrorCode::invalid_input, "cannot read the command line: unknown format")
                  .with_mismatch("json or prometheus", std::string(text)));
}

/// "--wait", "--wait=30"
Result<int> parse_seconds(std::string_view word) {
  constexpr int k_default_s = 60;
  constexpr int k_most_s = 3600;
  if (word == k_wait)
    return k_default_s;
  const std::string_view text = word.substr(k_wait.size() + 1);
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > k_most_s)
    return fail(Error(ErrorCode::invalid_input, "cannot read the command line: --wait takes seconds")
                    .with_mismatch("0 to " + std::to_string(k_most_s), std::string(text)));
  return seconds;
}

} // namespace

Result<Arguments> parse_arguments(std::span<char*> words) {
  Arguments arguments;
  bool has_format = false;
  while (!words.empty()) {
    const std::string_view word = words.front();
    if (!word.starts_with('-') || word == "-")
      break;
    words = words.subspan(1);
    if (word == "--")
      break;
    if (word == "--check")
      arguments.action = Action::check;
    else if (word == "--status")
      arguments.action = Action::status;
    else if (word == "--application")
      arguments.action = Action::application;
    else if (word == "--health")
      arguments.action = Action::health;
    else if (word == k_format || word.starts_with("--format=")) {
      std::string_view text = word == k_format ? "" : word.substr(k_format.size() + 1);
      if (word == k_format && !words.empty()) {
        text = words.front();
        words = words.subspan(1);
      }
      KIF_TRY(const OutputFormat format, parse_format(text));
      arguments.output = format;
      has_format = true;
    } else if (word == k_wait || word.starts_with("--wait=")) {
      KIF_TRY(arguments.wait_s, parse_seconds(word));
    } else if (word == "--help" || word == "--version")
      return Arguments{word == "--help" ? Action::help : Action::version, {}};
    else
      return fail(Error(ErrorCode::invalid_input, "cannot read the command line: unknown option " + std::string(word))
                      .with_hint("options of the command go after it; see kif-init --help"));
  }
  if (arguments.action != Action::run && !words.empty())
    return fail(ErrorCode::invalid_input,
                "cannot read the command line: " + std::string(option(arguments.action)) + " takes no command");
  if (has_format && arguments.action != Action::status)
    return fail(ErrorCode::invalid_input, "cannot read the command line: --format belongs to --status");
  if (arguments.wait_s && arguments.action != Action::status && arguments.action != Action::health)
    return fail(ErrorCode::invalid_input, "cannot read the command line: --wait belongs to --status and --health");
  if (arguments.action == Action::run && words.empty())
    return fail(Error(ErrorCode::invalid_input, "cannot run the application: no command is given")
                    .with_hint("name one after the image, or give the image an entrypoint or a command"));
  arguments.command = words;
  return arguments;
}

} // namespace kif::init
