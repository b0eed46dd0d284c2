// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_flags.h"

#include <memory>
#include <set>
#include <string>

#include <CLI/CLI.hpp>

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
                "false: take any certificate of a registry, and plain HTTP where it has none")
      ->option_text("[=true|=false]");
}

oci::RegistryOptions registry_options(const RegistryFlags& flags, Terminal& terminal) {
  oci::RegistryOptions options;
  options.verify_tls = flags.verify_tls;
  options.progress = [&terminal](const oci::FetchProgress& progress) {
    if (progress.bytes == progress.total)
      terminal.progress("");
    else
      terminal.progress("fetching " + megabytes(progress.bytes) + " of " + megabytes(progress.total) +
                        " MB: " + std::string(progress.what));
  };
  // An image is opened more than once; nobody needs to read the same sentence as often.
  const auto told = std::make_shared<std::set<std::string>>();
  options.warn = [&terminal, told](const std::string& text) {
    if (told->insert(text).second)
      terminal.warn(text);
  };
  return options;
}

} // namespace kif::cli
