// SPDX-License-Identifier: Apache-2.0
#include "verify/live.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/payload.h"
#include "cli/registry_flags.h"

namespace kif::cli {
namespace {

struct Options {
  std::string image;
  std::string platform;
  RegistryFlags registry;
  bool live = false;
};

ExitCode exit_code_of(verify::Outcome outcome) {
  switch (outcome) {
  case verify::Outcome::pass:
    return ExitCode::good;
  case verify::Outcome::fail:
    return ExitCode::bad;
  case verify::Outcome::could_not_check:
    return ExitCode::could_not_check;
  }
  return ExitCode::could_not_check;
}

Style style_of(verify::Mark mark) {
  switch (mark) {
  case verify::Mark::pass:
    return Style::good;
  case verify::Mark::fail:
    return Style::bad;
  case verify::Mark::could_not_check:
    return Style::warning;
  case verify::Mark::heading:
    return Style::plain;
  case verify::Mark::faint:
    return Style::dim;
  }
  return Style::plain;
}

// Each container keeps a processor busy; more than four at a time would only make slow ones time out.
unsigned lanes() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

Result<ExitCode> verify_image(const Options& options, Format format, Terminal& terminal) {
  if (!options.live) {
    return end_with_usage(Error(ErrorCode::invalid_input, "cannot verify " + options.image + ": no check was chosen")
                              .with_hint("choose --live, which runs the image; there is no other check yet"),
                          format, terminal);
  }
  auto name = oci::ImageName::parse(options.image);
  auto platform =
      options.platform.empty() ? Result<oci::Platform>(oci::Platform::host()) : oci::Platform::parse(options.platform);
  if (!name || !platform) // a mistake on the command line
    return end_with_usage(name ? platform.error() : name.error(), format, terminal);
  KIF_TRY(const auto payload, payload_folder(platform->architecture));
  const auto probe = payload / "kif-probe";
  KIF_TRY(const UniqueFd probe_file, open_file(probe, O_RDONLY)); // else every container would fail for want of it
  KIF_TRY(const auto runtime, watch::find_runtime());
  KIF_TRY(const watch::Interrupts interrupts, watch::Interrupts::take());
  KIF_TRY(const auto workspace, watch::Workspace::create(runtime));
  terminal.progress("unpacking " + name->text());
  oci::RegistryOptions registry = registry_options(options.registry, terminal);
  registry.stop = [&interrupts] { return interrupts.waiting(); };
  KIF_TRY(const verify::Subject subject,
          verify::open_subject(*name, {.platform = *platform, .registry = registry}, workspace->path() / "root"));
  verify::RuntimeRunner runner(*workspace, interrupts);
  KIF_TRY(const verify::Report report,
          verify::verify_live(subject, runner,
                              {.probe = probe, .lanes = lanes(), .progress = [&terminal](std::string_view text) {
                                 terminal.progress(text);
                               }}));
  if (format == Format::json)
    terminal.print(verify::to_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  else
    terminal.print(verify::render(report, [&terminal](verify::Mark mark, std::string_view text) {
      return terminal.styled(style_of(mark), text);
    }));
  return exit_code_of(report.verdict());
}

} // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("verify", "prove by running an image that it uses no kernel randomness");
  command->footer("Exit code 0: pass, 1: fail, 3: could not check. Details: docs/verify.md");
  auto options = std::make_shared<Options>();
  command->add_option("IMAGE", options->image, "the image to verify; it is only read")->required()->type_name("");
  command->add_flag("--live", options->live,
                    "run it while the kernel's randomness is refused, and while each use is recorded");
  command->add_option("--platform", options->platform, "which image of several (default: this machine's)")
      ->type_name("OS/ARCH");
  add_registry_flags(*command, options->registry);
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) {
      return verify_image(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
