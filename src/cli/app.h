// SPDX-License-Identifier: Apache-2.0
// The command line as a function: arguments in, exit code out, everything printed through the Terminal.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/format.h"

namespace kif::cli {

/// Runs one command line (without the program's own name) to its end.
ExitCode run_command_line(std::vector<std::string> arguments, Terminal& terminal);

/// Calls `body`; an exception that leaves it becomes one sentence on stderr and internal_fault.
ExitCode run_guarded(const std::function<ExitCode()>& body, Terminal& terminal) noexcept;

} // namespace kif::cli
