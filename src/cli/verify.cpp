// SPDX-License-Identifier: Apache-2.0
#include "verify/live.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/payload.h"
#include "cli/registry_flags.h"
#include "cli/verify_claims.h"

namespace kif::cli {
namespace {

struct Options {
  bool live = false;
  bool sbom = false;
  ClaimsRequest claims; // its source is --live's image, too
};

// Each container keeps a processor busy; more than four at a time would only make slow ones time out.
unsigned lanes() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

Result<ExitCode> verify_live(const SbomSource& source, Format format, Terminal& terminal) {
  auto name = oci::ImageName::parse(source.image);
  auto platform =
      source.platform.empty() ? Result<oci::Platform>(oci::Platform::host()) : oci::Platform::parse(source.platform);
  if (!name || !platform) // a mistake on the command line
    return end_with_usage(name ? platform.error() : name.error(), format, terminal);
  KIF_TRY(const auto payload, payload_folder(platform->architecture));
  const auto probe = payload / "kif-probe";
  KIF_TRY(const UniqueFd probe_file, open_file(probe, O_RDONLY)); // else every container would fail for want of it
  KIF_TRY(const auto runtime, watch::find_runtime());
  KIF_TRY(const watch::Interrupts interrupts, watch::Interrupts::take());
  KIF_TRY(const auto workspace, watch::Workspace::create(runtime));
  terminal.progress("unpacking " + name->text());
  oci::RegistryOptions registry = registry_options(source.registry, terminal);
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
    terminal.print(verify::render(report, marker_of(terminal)));
  return exit_code_of(report.verdict());
}

std::optional<Error> mistake_in(const Options& options) {
  const std::string what = "cannot verify " + options.claims.source.image + ": ";
  const ClaimsRequest& claims = options.claims;
  if (!options.live && !options.sbom)
    return Error(ErrorCode::invalid_input, what + "no check was chosen")
        .with_hint("choose --live, which runs the image, or --sbom, which judges what its SBOM claims");
  if (options.live && options.sbom)
    return Error(ErrorCode::invalid_input, what + "--live and --sbom are two verdicts, one measured and one on claims")
        .with_hint("run kif verify twice");
  if (options.live && (!claims.source.keys.empty() || !claims.rules.empty() || !claims.certificates.empty() ||
                       claims.source.look_everywhere))
    return Error(ErrorCode::invalid_input, what + "--key, --all, --rules and --certificates belong to --sbom");
  return std::nullopt;
}

Result<ExitCode> verify_image(const Options& options, Format format, Terminal& terminal) {
  if (const auto mistake = mistake_in(options))
    return end_with_usage(*mistake, format, terminal);
  if (options.sbom)
    return verify_claims(options.claims, format, terminal);
  return verify_live(options.claims.source, format, terminal);
}

} // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "verify", "prove by running an image that it uses no kernel randomness; or judge what its SBOM claims");
  command->footer("Exit code 0: pass, 1: fail, 2: wrong command line, 3: could not check. Details: docs/verify.md");
  auto options = std::make_shared<Options>();
  ClaimsRequest& claims = options->claims;
  command
      ->add_option("IMAGE", claims.source.image,
                   "the image to verify; it is only read. With --sbom also a folder or the path of a document")
      ->required()
      ->type_name("");
  command->add_flag("--live", options->live,
                    "run it while the kernel's randomness is refused, and while each use is recorded");
  command->add_flag("--sbom", options->sbom, "judge by the published rule what its SBOM claims; measures nothing");
  command->add_option("--platform", claims.source.platform, "which image of several (default: this machine's)")
      ->type_name("OS/ARCH");
  add_sbom_options(*command, claims.source);
  command
      ->add_option("--rules", claims.rules,
                   "with --sbom, another rule than the published one; repeatable (docs/rules.md)")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  command->add_option("--certificates", claims.certificates, "with --sbom, what is known of certificates")
      ->type_name("FILE");
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) {
      return verify_image(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
