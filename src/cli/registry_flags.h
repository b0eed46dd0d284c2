// SPDX-License-Identifier: Apache-2.0
// What every command that reads images has for those in registries.
#pragma once

#include "cli/terminal.h"
#include "oci/registry/options.h"

namespace CLI {
class App;
}

namespace kif::cli {

struct RegistryFlags {
  bool verify_tls = true;
};

/// Gives a command the option --tls-verify.
void add_registry_flags(CLI::App& command, RegistryFlags& flags);

/// Options that tell what they fetch, and what goes wrong beside it, through `terminal`, which must outlive them.
oci::RegistryOptions registry_options(const RegistryFlags& flags, Terminal& terminal);

} // namespace kif::cli
