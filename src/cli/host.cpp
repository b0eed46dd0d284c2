// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/payload.h"
#include "host/look.h"
#include "oci/platform.h"

namespace kif::cli {
namespace {

// Inside a hardened image kif may have been copied without its folder; the layer has the library.
constexpr const char* k_library_of_layer = "/usr/lib/kif/libjitterentropy.so.3";

Result<ExitCode> look_at_host(Format format, Terminal& terminal) {
  host::Places places;
  if (const auto payload = payload_folder(oci::Platform::host().architecture)) {
    std::error_code ignored;
    places.has_payload = std::filesystem::exists(*payload / "kif-init", ignored); // and not the library alone
    places.jitter_libraries.push_back((*payload / "libjitterentropy.so.3").string());
  }
  places.jitter_libraries.emplace_back(k_library_of_layer);
  const host::Report report = host::look(places);
  if (format == Format::json)
    terminal.print(host::to_json(report));
  else
    terminal.print(host::render(report));
  return ExitCode::good;
}

} // namespace

void add_host(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("host", "say what this machine and its kernel give, and what of kif works here");
  command->footer("Exit code 0: it looked, whatever it saw. Details: docs/host.md");
  add_format_option(*command, invocation);
  command->callback([&invocation] {
    invocation.run = [&invocation](Terminal& terminal) { return look_at_host(invocation.format, terminal); };
  });
}

} // namespace kif::cli
