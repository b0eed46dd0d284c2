// SPDX-License-Identifier: Apache-2.0
// What SBOMs are read from, as the command line names it: an image, a folder, or a document. Shared by `kif sbom` and
// `kif verify --sbom`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/registry_flags.h"
#include "cli/terminal.h"
#include "sbom/finding/find.h"

namespace CLI {
class App;
}

namespace kif::cli {

struct SbomSource {
  std::string image; ///< an image's name, a layout's folder, a root file system's folder, or a document's path
  std::string platform;
  std::vector<std::string> keys; ///< files of public keys
  RegistryFlags registry = {};
  bool look_everywhere = false;
  bool keep_published = false; ///< sbom::ReadOptions::keep_published
};

/// The options --key, --all and --tls-verify.
void add_sbom_options(CLI::App& command, SbomSource& source);

/// Whether the command line itself can be used: an image's name or a path that is there, a platform, keys that are
/// keys. A caller whose exit code 1 is a verdict asks this first and ends with a usage error.
Result<void> check_source(const SbomSource& source);

/// Reads the keys and looks for SBOMs. not_found and invalid_input also where the image's name is neither a name nor a
/// path.
Result<sbom::Search> search_sboms(const SbomSource& source, Terminal& terminal);

} // namespace kif::cli
