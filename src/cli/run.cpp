// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/registry_flags.h"
#include "verify/subject.h"
#include "watch/run.h"
#include "watch/trace_table.h"
#include "watch/users.h"

namespace kif::cli {
namespace {

// As long as other tools wait between a stop signal and the kill.
constexpr std::chrono::seconds k_grace{10};

struct Options {
  std::string image;
  std::string platform;
  RegistryFlags registry;
  std::string deny; ///< empty, "enosys", "eperm" or "unanswered"
  bool trace = false;
  bool read_only = false;
  bool no_capabilities = false;
  bool no_new_privileges = false;
  std::optional<std::string> user;
  std::vector<std::string> environment;
  std::vector<std::string> command;
  std::string output;
};

void set_variable(std::vector<std::string>& environment, const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  std::erase_if(environment, [&name](const std::string& other) { return other.starts_with(name); });
  environment.push_back(entry);
}

Result<watch::Container> container_of(const verify::Subject& subject, const Options& options) {
  watch::Container container;
  container.root = subject.root;
  container.arguments = subject.entrypoint;
  const auto& command = options.command.empty() ? subject.command : options.command;
  container.arguments.insert(container.arguments.end(), command.begin(), command.end());
  if (container.arguments.empty())
    return fail(Error(ErrorCode::invalid_input, "cannot run " + subject.image + ": it names no program to run")
                    .with_hint("name one: kif run IMAGE -- COMMAND"));
  container.environment = subject.environment;
  for (const std::string& entry : options.environment)
    set_variable(container.environment, entry);
  container.working_directory = subject.working_directory;
  container.user = subject.user;
  if (options.user) {
    KIF_TRY(container.user, watch::user_of_image(subject.root, *options.user));
  }
  container.mode = options.trace ? watch::Mode::trace : options.deny.empty() ? watch::Mode::plain : watch::Mode::deny;
  container.denial = options.deny == "eperm"        ? watch::Denial::eperm
                     : options.deny == "unanswered" ? watch::Denial::unanswered
                                                    : watch::Denial::enosys;
  container.read_only_root = options.read_only;
  container.capabilities = !options.no_capabilities;
  container.no_new_privileges = options.no_new_privileges;
  return container;
}

std::string render(const watch::RunResult& result, const std::string& image, Format format) {
  if (format == Format::text)
    return watch::render_trace(result.trace);
  const nlohmann::ordered_json document = {{"schema", "kif.run/1"},
                                           {"image", image},
                                           {"exit_code", result.exit_code},
                                           {"duration_ms", result.duration.count()},
                                           {"trace", watch::to_json(result.trace)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The table is a message about the run; the run's own data has stdout.
Result<void> hand_over(const std::string& text, const Options& options, Terminal& terminal) {
  if (options.output.empty()) {
    terminal.report(text);
    return {};
  }
  KIF_TRY(AtomicFile file, AtomicFile::create(options.output));
  KIF_CHECK(file.write(text));
  return file.commit();
}

// stdout is the container's, so the trace as JSON needs a place of its own.
std::optional<Error> mistake_in(const Options& options, Format format, bool has_dashes) {
  if (!has_dashes && !options.command.empty() && options.command.front().starts_with('-'))
    return Error(ErrorCode::invalid_input, "cannot tell whether " + options.command.front() + " is an option of kif's")
        .with_hint("options go before IMAGE; a command that begins with - goes behind --");
  if (format == Format::json && (!options.trace || options.output.empty()))
    return Error(ErrorCode::invalid_input, "--format json is for the trace, in a file of its own")
        .with_hint("kif run --trace --format json --output FILE IMAGE");
  return std::nullopt;
}

Result<ExitCode> run_image(const Options& options, Format format, Terminal& terminal) {
  auto name = oci::ImageName::parse(options.image);
  auto platform =
      options.platform.empty() ? Result<oci::Platform>(oci::Platform::host()) : oci::Platform::parse(options.platform);
  if (!name || !platform) // a mistake on the command line
    return end_with_usage(name ? platform.error() : name.error(), format, terminal);
  KIF_TRY(const auto runtime, watch::find_runtime());
  KIF_TRY(const watch::Interrupts interrupts, watch::Interrupts::take());
  KIF_TRY(const auto workspace, watch::Workspace::create(runtime));
  terminal.progress("unpacking " + name->text());
  oci::RegistryOptions registry = registry_options(options.registry, terminal);
  registry.stop = [&interrupts] { return interrupts.waiting(); };
  KIF_TRY(const verify::Subject subject,
          verify::open_subject(*name, {.platform = *platform, .registry = registry}, workspace->path() / "root"));
  KIF_TRY(const watch::Container container, container_of(subject, options));
  terminal.progress("");
  KIF_CHECK(terminal.finish());
  KIF_TRY(
      const watch::RunResult result,
      watch::run_container(*workspace, container, {.pass_through = true, .interrupts = &interrupts, .grace = k_grace}));
  for (const std::string& note : result.notes)
    terminal.warn(note);
  if (options.trace)
    KIF_CHECK(hand_over(render(result, subject.image, format), options, terminal));
  return static_cast<ExitCode>(result.exit_code);
}

} // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("run", "run an image, with or without the kernel's randomness");
  command->footer("The exit code is the container's. Details: docs/verify.md");
  auto options = std::make_shared<Options>();
  command->add_option("IMAGE", options->image, "the image to run; it is only read")->required()->type_name("");
  command->add_option("COMMAND", options->command, "after --: instead of the image's own command")->type_name("");
  // Without `--`, all behind IMAGE is the command: `kif run IMAGE openssl rand -hex 16` asks for no help.
  command->positionals_at_end(!invocation.behind_dashes);
  CLI::Option* deny = command->add_flag("--deny{enosys}", options->deny, "refuse getrandom and the random devices")
                          ->check(CLI::IsMember({"enosys", "eperm", "unanswered"}))
                          ->option_text("[=enosys|=eperm|=unanswered]");
  CLI::Option* trace =
      command->add_flag("--trace", options->trace, "record every use of the kernel's randomness")->excludes(deny);
  command->add_flag("--read-only", options->read_only, "make the root read-only");
  command->add_flag("--no-capabilities", options->no_capabilities, "give the container no capability at all");
  command->add_flag("--no-new-privileges", options->no_new_privileges, "setuid programs gain nothing");
  command->add_option("--user", options->user, "instead of the image's own: a name or number, :GROUP after it")
      ->type_name("USER");
  command->add_option("--env", options->environment, "set a variable")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false)
      ->check([](const std::string& entry) {
        return entry.find('=') == std::string::npos || entry.front() == '=' ? entry + " is not NAME=VALUE"
                                                                            : std::string();
      });
  command->add_option("--platform", options->platform, "which image of several (default: this machine's)")
      ->type_name("OS/ARCH");
  add_registry_flags(*command, options->registry);
  command->add_option("--output", options->output, "write the trace there instead")->needs(trace)->type_name("FILE");
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) -> Result<ExitCode> {
      if (const auto mistake = mistake_in(*options, invocation.format, invocation.behind_dashes.has_value()))
        return end_with_usage(*mistake, invocation.format, terminal);
      if (invocation.behind_dashes)
        options->command.insert(options->command.end(), invocation.behind_dashes->begin(),
                                invocation.behind_dashes->end());
      return run_image(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
