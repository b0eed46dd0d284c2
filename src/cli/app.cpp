// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <algorithm>
#include <cctype>
#include <exception>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/nearest_name.h"
#include "cli/command.h"

namespace kif::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

const CLI::App& chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : *chosen.front();
}

Error usage_error(const CLI::App& command, std::string message, const std::optional<std::string>& nearest) {
  const std::string program = command.get_parent() == nullptr ? "kif" : "kif " + command.get_name();
  const std::string help = "see " + program + " --help";
  return Error(ErrorCode::invalid_input, std::move(message))
      .with_hint(nearest ? "did you mean " + *nearest + "? Else " + help : help);
}

// CLI11 begins its sentences with a capital letter; a name such as IMAGE keeps its own.
std::string lower_start(std::string text) {
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  if (text.ends_with('.') || text.ends_with('\n'))
    text.pop_back();
  return text;
}

// What CLI11 says of a value: "Could not convert: --entropy-osr = abc", "--format: xml not in {text,json}".
std::optional<Error> explain_value(const CLI::App& command, std::string_view said) {
  constexpr std::string_view k_unconverted = "Could not convert: ";
  constexpr std::string_view k_no_member = " not in {";
  const bool is_number = said.starts_with(k_unconverted);
  const std::size_t list = said.find(k_no_member);
  if (is_number)
    said.remove_prefix(k_unconverted.size());
  const std::string_view between = is_number ? " = " : ": ";
  const std::size_t end = said.find(between);
  if (end == std::string_view::npos || (!is_number && (list == std::string_view::npos || list < end)))
    return std::nullopt;
  const std::string option(said.substr(0, end));
  const std::size_t start = end + between.size();
  const std::string got(said.substr(start, is_number ? std::string_view::npos : list - start));
  std::string expected = "a whole number";
  if (!is_number) {
    expected = said.substr(list + k_no_member.size());
    expected.resize(std::min(expected.find('}'), expected.size()));
    for (std::size_t comma = expected.find(','); comma != std::string::npos; comma = expected.find(',', comma + 4))
      expected.replace(comma, 1, " or ");
  }
  return usage_error(command, "cannot use this value of " + option, std::nullopt)
      .with_mismatch(std::move(expected), got);
}

// An argument that nobody knows is named before anything that is missing: a mistyped option is the cause of both.
Error explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen_command(app);
  for (const std::string& argument : app.remaining(true)) {
    if (argument.starts_with("--")) {
      const std::string name = argument.substr(0, argument.find('='));
      return usage_error(command, "unknown option " + name, nearest_name(name, option_names(command)));
    }
    if (argument.starts_with("-") && argument.size() > 1)
      return usage_error(command, "unknown option " + argument, std::nullopt);
    return usage_error(command, "unexpected argument " + argument, std::nullopt);
  }
  if (auto bad_value = explain_value(command, error.what()))
    return *std::move(bad_value);
  return usage_error(command, lower_start(error.what()), std::nullopt);
}

// stdout stays one JSON document, whatever happens: a reader need not look at stderr to learn which failure it was.
void print_error_as_json(const Error& error, Terminal& terminal) {
  nlohmann::ordered_json detail = {{"code", to_string(error.code)}, {"message", error.message}};
  if (!error.expected.empty())
    detail["expected"] = error.expected;
  if (!error.got.empty())
    detail["got"] = error.got;
  if (!error.hint.empty())
    detail["hint"] = error.hint;
  const nlohmann::ordered_json document = {{"schema", "kif.error/1"}, {"error", detail}};
  terminal.print(document);
}

ExitCode end_with(const Error& error, Terminal& terminal) {
  terminal.show(error);
  return exit_code_of(error.code);
}

ExitCode run_chosen(const Invocation& invocation, Terminal& terminal) {
  const Result<ExitCode> outcome = invocation.run(terminal);
  if (!outcome) {
    if (invocation.format == Format::json)
      print_error_as_json(outcome.error(), terminal);
    terminal.show(outcome.error());
  }
  if (const Result<void> written = terminal.finish(); !written)
    return end_with(written.error(), terminal);
  return outcome ? *outcome : exit_code_of(outcome.error().code);
}

// Before the command line was understood: is --format json somewhere in it?
Format wanted_format(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i] == "--format=json" ||
        (arguments[i] == "--format" && i + 1 < arguments.size() && arguments[i + 1] == "json"))
      return Format::json;
  return Format::text;
}

} // namespace

void print_lines(std::string_view text, Terminal& terminal) {
  text::Page page;
  page.block(text);
  terminal.print(page);
}

ExitCode end_with_usage(const Error& error, Format format, Terminal& terminal) {
  if (format == Format::json)
    print_error_as_json(error, terminal);
  terminal.show(error);
  if (const Result<void> written = terminal.finish(); !written)
    return end_with(written.error(), terminal);
  return ExitCode::usage;
}

CLI::Option* repeatable(CLI::Option* option, const char* type) {
  return option->type_name(type)->take_all()->allow_extra_args(false);
}

void add_format_option(CLI::App& command, Invocation& invocation) {
  command
      .add_option_function<std::string>(
          "--format",
          [&invocation](const std::string& name) { invocation.format = name == "json" ? Format::json : Format::text; },
          "text (for people) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->default_str("text");
}

ExitCode run_command_line(std::vector<std::string> arguments, Terminal& terminal) {
  Invocation invocation;
  if (const auto dashes = std::find(arguments.begin(), arguments.end(), "--"); dashes != arguments.end()) {
    invocation.behind_dashes.emplace(dashes + 1, arguments.end());
    arguments.erase(dashes, arguments.end());
  }
  const Format format = wanted_format(arguments);
  CLI::App app("FIPS containers that need nothing of the host kernel", "kif");
  app.set_version_flag("--version", "kif " KIF_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(32);
  add_harden(app, invocation);
  add_run(app, invocation);
  add_verify(app, invocation);
  add_sbom(app, invocation);
  add_host(app, invocation);
  add_version(app, invocation);
  add_help(app, invocation);

  if (arguments.empty())
    return end_with_usage(usage_error(app, "a command is missing", std::nullopt), format, terminal);
  const std::string& name = arguments.front();
  if (const auto names = command_names(app);
      !name.starts_with("-") && std::find(names.begin(), names.end(), name) == names.end())
    return end_with_usage(usage_error(app, "unknown command " + name, nearest_name(name, names)), format, terminal);
  if (invocation.behind_dashes && name != "run" && name != "verify")
    return end_with_usage(usage_error(app, "unexpected argument --", std::nullopt), format, terminal);

  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 takes them last first
  } catch (const CLI::CallForHelp&) {
    print_lines(app.help(), terminal);
    invocation.run = [](Terminal&) { return Result<ExitCode>(ExitCode::good); };
  } catch (const CLI::CallForVersion& version) {
    print_lines(version.what(), terminal);
    invocation.run = [](Terminal&) { return Result<ExitCode>(ExitCode::good); };
  } catch (const CLI::ParseError& error) {
    return end_with_usage(explain(app, error), format, terminal);
  }
  return run_chosen(invocation, terminal);
}

ExitCode run_guarded(const std::function<ExitCode()>& body, Terminal& terminal) noexcept {
  try {
    try {
      return body();
    } catch (const std::exception& fault) {
      terminal.show(Error(ErrorCode::internal, std::string("internal fault, a bug in kif: ") + fault.what()));
    } catch (...) {
      terminal.show(Error(ErrorCode::internal, "internal fault, a bug in kif"));
    }
  } catch (...) { // not even the sentence could be written; the code still tells
  }
  return ExitCode::internal_fault;
}

} // namespace kif::cli
