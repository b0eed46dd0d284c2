// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace kif::init {

enum class Action {
  run,   ///< the checks, then the command
  check, ///< the checks alone
  status, ///< what the container's broker has done
  help,
  version,
};

struct Arguments {
  Action action = Action::run;
  std::span<char*> command; ///< the tail of argv from COMMAND on; not empty where the action is `run`
};

/// kif-init [--check|--status] [--] COMMAND ARGS…: everything from the first word that is no option, or from behind "--", is the
/// command and is not looked at. `words` is argv without its first element. invalid_input: an unknown option, no
/// command, or one with --check or --status.
Result<Arguments> parse_arguments(std::span<char*> words);

extern const std::string_view k_usage;

} // namespace kif::init
