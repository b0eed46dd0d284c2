// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/output_file.h"
#include "cli/command.h"
#include "cli/container_options.h"
#include "cli/registry_flags.h"
#include "text/json_document.h"
#include "verify/subject.h"
#include "watch/run.h"
#include "watch/trace_table.h"
#include "watch/users.h"
#include "watch/writable_layer.h"

namespace kif::cli {
namespace {

// As long as other tools wait between a stop signal and the kill.
constexpr std::chrono::seconds k_grace{10};

struct Options {
  std::string image;
  std::string platform;
  RegistryFlags registry;
  std::string deny;  ///< empty, "enosys", "eperm" or "unanswered"
  std::string trace; ///< empty, "random" or "refused"
  bool read_only = false;
  bool no_capabilities = false;
  bool no_new_privileges = false;
  std::optional<std::string> user;
  std::vector<std::string> environment;
  std::vector<std::string> command;
  std::string output;
  Confinement confinement;
};

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
    verify::set_variable(container.environment, entry);
  container.working_directory = subject.working_directory;
  container.user = subject.user;
  if (options.user) {
    KIF_TRY(container.user, watch::user_of_image(subject.root, *options.user));
  }
  container.mode = options.trace == "random"    ? watch::Mode::trace
                   : options.trace == "refused" ? watch::Mode::refused
                   : options.deny.empty()       ? watch::Mode::plain
                                                : watch::Mode::deny;
  container.denial = options.deny == "eperm"        ? watch::Denial::eperm
                     : options.deny == "unanswered" ? watch::Denial::unanswered
                                                    : watch::Denial::enosys;
  container.read_only_root = options.read_only;
  container.bounds = options.confinement.bounds;
  container.unconfined = options.confinement.unconfined;
  container.capabilities = !options.no_capabilities;
  container.no_new_privileges = options.no_new_privileges;
  return container;
}

bool is_about_refusals(const Options& options) {
  return options.trace == "refused";
}

nlohmann::ordered_json document_of(const watch::RunResult& result, const std::string& image, const Options& options) {
  nlohmann::ordered_json document = {{"schema", "kif.run/1"},
                                     {"image", image},
                                     {"exit_code", result.exit_code},
                                     {"duration_ms", result.duration.count()}};
  if (is_about_refusals(options))
    document["refused"] = watch::to_json(result.refusals);
  else
    document["trace"] = watch::to_json(result.trace);
  return document;
}

// The table is a message about the run; the run's own data has stdout.
Result<void> hand_over(const watch::RunResult& result, const std::string& image, Format format, const Options& options,
                       Terminal& terminal) {
  const text::Page table =
      is_about_refusals(options) ? watch::render_refusals(result.refusals) : watch::render_trace(result.trace);
  if (options.output.empty()) {
    terminal.report(table);
    return {};
  }
  KIF_TRY(OutputFile file, OutputFile::create(options.output));
  KIF_CHECK(
      file.write(format == Format::json ? text::json_document(document_of(result, image, options)) : table.plain()));
  return file.commit();
}

// stdout is the container's, so the trace as JSON needs a place of its own.
std::optional<Error> mistake_in(const Options& options, Format format, bool has_dashes) {
  if (!has_dashes && !options.command.empty() && options.command.front().starts_with('-'))
    return Error(ErrorCode::invalid_input, "cannot tell whether " + options.command.front() + " is an option of kif's")
        .with_hint("options go before IMAGE; a command that begins with - goes after --");
  if (format == Format::json && (options.trace.empty() || options.output.empty()))
    return Error(ErrorCode::invalid_input, "--format json is for the trace, in a file of its own")
        .with_hint("kif run --trace --format json --output FILE IMAGE");
  return std::nullopt;
}

// Its writes are bounded where they have a file system of their own.
Result<void> give_room_to_write(watch::Workspace& workspace, watch::Container& container, Terminal& terminal) {
  if (container.read_only_root)
    return {};
  KIF_TRY(const std::filesystem::path folder, workspace.make_folder());
  KIF_TRY(container.writable, watch::make_writable_layer(folder, container.root, container.bounds, workspace.host()));
  if (!container.writable && container.bounds.written_bytes > 0)
    terminal.warn("what it writes has no bound: this kernel mounts no overlay for kif");
  return {};
}

// Signals are the container's while it runs; before and after, they end kif.
Result<watch::RunResult> run_with_signals(watch::Workspace& workspace, const watch::Container& container,
                                          Terminal& terminal) {
  KIF_TRY(const watch::Interrupts interrupts, watch::Interrupts::take());
  return watch::run_container(workspace, container,
                              {.pass_on_stderr = [&terminal](std::string_view bytes) { terminal.pass_on(bytes); },
                               .interrupts = &interrupts,
                               .grace = k_grace});
}

Result<ExitCode> run_image(const Options& options, Format format, Terminal& terminal) {
  auto name = oci::ImageName::parse(options.image);
  auto platform =
      options.platform.empty() ? Result<oci::Platform>(oci::Platform::host()) : oci::Platform::parse(options.platform);
  if (!name || !platform) // a mistake on the command line
    return end_with_usage(name ? platform.error() : name.error(), format, terminal);
  KIF_TRY(const auto runtime, watch::find_runtime());
  KIF_TRY(const auto workspace, watch::Workspace::create(runtime));
  terminal.progress("unpacking " + name->text());
  const auto registry = registry_opener(options.registry, terminal);
  KIF_TRY(const verify::Subject subject,
          verify::open_subject(*name, {.platform = *platform, .registry = registry}, workspace->path() / "root"));
  KIF_TRY(watch::Container container, container_of(subject, options));
  KIF_CHECK(give_room_to_write(*workspace, container, terminal));
  terminal.progress("");
  KIF_CHECK(terminal.finish());
  KIF_TRY(const watch::RunResult result, run_with_signals(*workspace, container, terminal));
  for (const std::string& note : result.notes)
    terminal.warn(note);
  if (!options.trace.empty())
    KIF_CHECK(hand_over(result, subject.image, format, options, terminal));
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
  CLI::Option* trace = command
                           ->add_flag("--trace{random}", options->trace,
                                      "record uses of the kernel's randomness, or what OpenSSL refuses")
                           ->check(CLI::IsMember({"random", "refused"}))
                           ->option_text("[=random|=refused]")
                           ->excludes(deny);
  command->add_flag("--read-only", options->read_only, "make the root read-only");
  command->add_flag("--no-capabilities", options->no_capabilities, "give the container no capability at all");
  command->add_flag("--no-new-privileges", options->no_new_privileges, "setuid programs gain nothing");
  add_user_option(*command, options->user);
  add_environment_option(*command, options->environment);
  add_confinement_options(*command, options->confinement);
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
