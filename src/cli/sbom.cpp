// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/sbom_source.h"
#include "sbom/writing/render.h"
#include "sbom/writing/spdx.h"

namespace kif::cli {
namespace {

enum class SbomForm { text, json, packages, spdx };
const std::map<std::string, SbomForm> k_forms = {
    {"text", SbomForm::text}, {"json", SbomForm::json}, {"packages", SbomForm::packages}, {"spdx", SbomForm::spdx}};

struct Options {
  SbomSource source;
  SbomForm form = SbomForm::text;
};

// Nothing usable: what stood in the way is the error, or that there was nothing.
Error nothing_found(const sbom::Search& search) {
  if (!search.refused.empty())
    return search.refused.front().error;
  std::string looked;
  for (const sbom::Route route : search.looked)
    looked += (looked.empty() ? "" : ", ") + std::string(sbom::describe(route));
  return Error(ErrorCode::not_found, "cannot find an SBOM of " + search.image + ": it has none")
      .with_hint("looked in: " + looked);
}

void print(const sbom::Search& search, SbomForm form, Terminal& terminal) {
  switch (form) {
  case SbomForm::text:
    terminal.print(sbom::render_text(search));
    return;
  case SbomForm::json:
    terminal.print(sbom::to_json(search));
    return;
  case SbomForm::packages:
    terminal.print(sbom::render_packages(search));
    return;
  case SbomForm::spdx:
    if (const sbom::Found* best = sbom::best_document(search))
      terminal.print(sbom::to_spdx(*best, search));
    return;
  }
}

Result<ExitCode> show_sboms(const Options& options, Format format, Terminal& terminal) {
  const auto query = understand(options.source);
  if (!query)
    return end_with_usage(query.error(), format, terminal);
  KIF_TRY(const sbom::Search search, search_sboms(*query, terminal));
  if (search.found.empty())
    return fail(nothing_found(search));
  // Data for programs holds packages only; what else there is goes to people.
  const bool is_data = options.form == SbomForm::packages || options.form == SbomForm::spdx;
  if (is_data && sbom::best_document(search) == nullptr)
    return fail(Error(ErrorCode::not_found, "cannot list the packages of " + search.image + ": its SBOM has none")
                    .with_hint("see kif sbom " + search.image));
  if (is_data)
    for (const sbom::Refused& refused : search.refused)
      terminal.warn(refused.error.message);
  print(search, options.form, terminal);
  return ExitCode::good;
}

} // namespace

void add_sbom(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("sbom", "find an image's SBOM, wherever it is published, and print it");
  command->footer(
      "Exit code 0: found, 1: found and refused, 2: wrong command line, 3: there is none, or it could not be asked "
      "for.\n"
      "An SBOM is a claim: kif verify --sbom judges it, kif verify --live runs the image. Details: docs/sbom.md");
  auto options = std::make_shared<Options>();
  command->add_option("IMAGE", options->source.image, "an image's name, a folder, or the path of a document")
      ->required()
      ->type_name("");
  command->add_option("--platform", options->source.platform, "which image of several (default: this machine's)")
      ->type_name("OS/ARCH");
  add_sbom_options(*command, options->source);
  command
      ->add_option_function<std::string>(
          "--format",
          [&invocation, options](const std::string& name) {
            options->form = k_forms.at(name);
            options->source.keep_published = options->form == SbomForm::spdx;
            invocation.format = options->form == SbomForm::json ? Format::json : Format::text;
          },
          "text (what was found, for people), json, packages (a line each), or spdx (the SPDX document as published, "
          "or SPDX 2.3 made of another)")
      ->check(CLI::IsMember({"text", "json", "packages", "spdx"}))
      ->type_name("FORMAT")
      ->default_str("text");
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) {
      return show_sboms(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
