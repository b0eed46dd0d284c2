// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace kif::cli {

void add_version(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("version", "print the version of kif");
  add_format_option(*command, invocation);
  command->callback([&invocation] {
    invocation.run = [&invocation](Terminal& terminal) -> Result<ExitCode> {
      if (invocation.format == Format::json)
        terminal.print(nlohmann::ordered_json({{"schema", "kif.version/1"}, {"version", KIF_VERSION}}));
      else
        print_lines("kif " KIF_VERSION, terminal);
      return ExitCode::good;
    };
  });
}

} // namespace kif::cli
