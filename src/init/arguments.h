// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::init {

enum class Action {
  run,         ///< the checks, then the command
  check,       ///< the checks alone
  status,      ///< the state of the container's broker, and what it has done
  health,      ///< whether it serves random bytes now
  application, ///< the application's process
  help,
  version,
};

/// Of --status.
enum class OutputFormat { json, prometheus };

struct Arguments {
  Action action = Action::run;
  std::span<char*> command; ///< the tail of argv from COMMAND on; not empty where the action is `run`
  OutputFormat output = OutputFormat::json;
  std::optional<int> wait_s = {}; ///< of --status and --health: how long they wait for the end of the checks
};

/// kif-init [--check|--status|--health|--application] [--format=FORMAT] [--wait[=S]] [--] COMMAND ARGS…: everything
/// from the first word that is no option, or from behind "--", is the command and is not looked at. `words` is argv
/// without its first element. invalid_input: an unknown option, no command, one with an option that takes none, a
/// format without
/// --status, or --wait without --status or --health.
Result<Arguments> parse_arguments(std::span<char*> words);

/// What --help says.
std::string usage();

} // namespace kif::init
