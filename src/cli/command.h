// SPDX-License-Identifier: Apache-2.0
// What a command is to the frame: a subcommand of CLI11 that, when chosen, leaves behind what is to be run.
//
// A new command is one file, src/cli/<command>.cpp, with one function add_<command>(), declared below and called in
// app.cpp. Its callback sets Invocation::run; it prints through the Terminal, and gives back its exit code or the error
// that ended it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/format.h"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace kif::cli {

struct Invocation {
  /// Runs the chosen command. An error is shown on stderr by the frame, and with Format::json on stdout as well.
  std::function<Result<ExitCode>(Terminal&)> run;
  Format format = Format::text; ///< set by --format
  /// What stands behind `--`: a command line of somebody else's, which no option of ours is looked for in. None: no
  /// `--`.
  std::optional<std::vector<std::string>> behind_dashes = {};
};

/// The end of a command whose own command line cannot be used: the error is shown as the frame shows all.
ExitCode end_with_usage(const Error& error, Format format, Terminal& terminal);

/// Text that CLI11 laid out, to stdout.
void print_lines(std::string_view text, Terminal& terminal);

/// An option that may stand several times, with one value each time: the word behind that is not its own.
CLI::Option* repeatable(CLI::Option* option, const char* type);

/// Gives a command the option --format text|json.
void add_format_option(CLI::App& command, Invocation& invocation);

void add_harden(CLI::App& app, Invocation& invocation);
void add_host(CLI::App& app, Invocation& invocation);
void add_run(CLI::App& app, Invocation& invocation);
void add_sbom(CLI::App& app, Invocation& invocation);
void add_verify(CLI::App& app, Invocation& invocation);
void add_version(CLI::App& app, Invocation& invocation);
void add_help(CLI::App& app, Invocation& invocation);

} // namespace kif::cli
