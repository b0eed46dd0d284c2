// SPDX-License-Identifier: Apache-2.0
// What every command that reads images has for those in registries.
#pragma once

#include "cli/format.h"
#include "oci/repository.h"

namespace CLI {
class App;
}

namespace kif::cli {

struct RegistryFlags {
  bool verify_tls = true;
};

/// Gives a command the option --tls-verify.
void add_registry_flags(CLI::App& command, RegistryFlags& flags);

/// Opens images in registries, and tells what it fetches, and what goes wrong beside it, through `terminal`, which must
/// outlive it.
oci::RegistryOpener registry_opener(const RegistryFlags& flags, Terminal& terminal);

} // namespace kif::cli
