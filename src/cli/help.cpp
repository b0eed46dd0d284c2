// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/nearest_name.h"
#include "cli/command.h"

namespace kif::cli {

void add_help(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("help", "print the help of a command");
  auto name = std::make_shared<std::string>();
  command->add_option("COMMAND", *name, "the command; none: the list of commands");
  command->callback([&app, &invocation, name] {
    invocation.run = [&app, name](Terminal& terminal) -> Result<ExitCode> {
      if (name->empty()) {
        // Not app.help(): that hands over to the command that was chosen, which is this one.
        print_lines(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal), terminal);
        return ExitCode::good;
      }
      std::vector<std::string> names;
      for (const CLI::App* known : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (known->get_name() == *name) {
          print_lines(known->help("kif"), terminal);
          return ExitCode::good;
        }
        names.push_back(known->get_name());
      }
      const auto nearest = nearest_name(*name, names);
      terminal.show(Error(ErrorCode::invalid_input, "unknown command " + *name)
                        .with_hint(nearest ? "did you mean " + *nearest + "?" : "see kif --help"));
      return ExitCode::usage;
    };
  });
}

} // namespace kif::cli
