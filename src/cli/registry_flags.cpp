// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_flags.h"

#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "registry/registry.h"

namespace kif::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

} // namespace

void add_registry_flags(CLI::App& command, RegistryFlags& flags) {
  command
      .add_flag("--tls-verify", flags.verify_tls,
                "false: accept any certificate of a registry, and plain HTTP if it has none")
      ->option_text("[=true|=false]");
}

oci::RegistryOpener registry_opener(const RegistryFlags& flags, Terminal& terminal) {
  oci::RegistryOptions options;
  options.verify_tls = flags.verify_tls;
  options.progress = [&terminal](const oci::FetchProgress& progress) {
    if (progress.bytes == progress.total)
      terminal.progress("");
    else
      terminal.progress("fetching " + megabytes(progress.bytes) + " of " + megabytes(progress.total) +
                        " MB: " + std::string(progress.what));
  };
  options.warn = [&terminal](const std::string& text) { terminal.warn(text); };
  return oci::registry_opener(std::move(options));
}

} // namespace kif::cli
