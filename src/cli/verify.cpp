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
#include "cli/container_options.h"
#include "cli/payload.h"
#include "cli/registry_flags.h"
#include "cli/verify_claims.h"
#include "facts/approved.h"

namespace kif::cli {
namespace {

struct Options {
  bool live = false;
  bool sbom = false;
  ClaimsRequest claims; // its source is --live's image, too
  WorkloadFlags workload;
  Confinement confinement;
};

// Each container keeps a processor busy; more than four at a time would only make slow ones time out.
unsigned lanes() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

Result<ExitCode> verify_live(const SbomSource& source, const WorkloadFlags& flags, const Confinement& confinement,
                             Format format, Terminal& terminal) {
  auto name = oci::ImageName::parse(source.image);
  auto platform =
      source.platform.empty() ? Result<oci::Platform>(oci::Platform::host()) : oci::Platform::parse(source.platform);
  if (!name || !platform) // a mistake on the command line
    return end_with_usage(name ? platform.error() : name.error(), format, terminal);
  const auto choice = workload_choice(flags);
  if (!choice)
    return end_with_usage(choice.error(), format, terminal);
  KIF_TRY(const auto payload, payload_folder(platform->architecture));
  const auto probe = payload / "kif-probe";
  KIF_TRY(const UniqueFd probe_file, open_file(probe, O_RDONLY)); // else every container would fail for want of it
  auto java_probe = payload.parent_path() / "java-probe";
  if (std::error_code ignored; !std::filesystem::exists(java_probe, ignored))
    java_probe.clear(); // a build without Java
  KIF_TRY(verify::Certificates certificates, own_certificates());
  KIF_TRY(const auto runtime, watch::find_runtime());
  KIF_TRY(const auto workspace, watch::Workspace::create(runtime));
  KIF_TRY(const std::filesystem::path data, data_folder());
  KIF_TRY(const facts::ApprovedTable approved, facts::read_approved(data / "approved.yaml"));
  terminal.progress("unpacking " + name->text());
  const auto registry = registry_opener(source.registry, terminal);
  KIF_TRY(const verify::Subject subject,
          verify::open_subject(*name, {.platform = *platform, .registry = registry}, workspace->path() / "root"));
  std::optional<verify::Workload> workload;
  if (!flags.probe_only) {
    KIF_TRY(workload, verify::workload_of(subject, *choice));
  }
  verify::RuntimeRunner runner(*workspace, confinement.bounds, confinement.unconfined);
  KIF_TRY(const verify::Report report,
          verify::verify_live(subject, runner,
                              {.probe = probe,
                               .java_probe = std::move(java_probe),
                               .post_quantum = approved.post_quantum.describe(),
                               .lanes = lanes(),
                               .progress = [&terminal](std::string_view text) { terminal.progress(text); },
                               .certificates = std::move(certificates),
                               .today = verify::today(),
                               .workload = std::move(workload)}));
  if (format == Format::json)
    terminal.print(verify::to_json(report));
  else
    terminal.print(verify::render(report));
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
  const std::string given = options.workload.first_given();
  if (options.sbom && (options.workload.probe_only || !given.empty()))
    return Error(ErrorCode::invalid_input, what + (given.empty() ? "--probe-only" : given) + " belongs to --live");
  if (options.workload.probe_only && !given.empty())
    return Error(ErrorCode::invalid_input,
                 what + "--probe-only runs nothing of the image, and " + given + " is about what is run");
  return std::nullopt;
}

Result<ExitCode> verify_image(const Options& options, Format format, Terminal& terminal) {
  if (const auto mistake = mistake_in(options))
    return end_with_usage(*mistake, format, terminal);
  if (options.sbom)
    return verify_claims(options.claims, format, terminal);
  return verify_live(options.claims.source, options.workload, options.confinement, format, terminal);
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
  repeatable(command->add_option("--rules", claims.rules,
                                 "with --sbom, another rule than the published one; repeatable (docs/rules.md)"),
             "FILE");
  command->add_option("--certificates", claims.certificates, "with --sbom, what is known of certificates")
      ->type_name("FILE");
  add_workload_options(*command, options->workload);
  add_confinement_options(*command, options->confinement);
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    options->workload.command = invocation.behind_dashes.value_or(std::vector<std::string>());
    invocation.run = [&invocation, options](Terminal& terminal) {
      return verify_image(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
