// SPDX-License-Identifier: Apache-2.0
// What SBOMs are read from, as the command line names it: an image, a folder, or a document. Shared by `kif sbom` and
// `kif verify --sbom`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/format.h"
#include "cli/registry_flags.h"
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

/// The same, understood.
struct SbomQuery {
  SbomSource source;
  std::vector<sbom::PublicKey> keys;
  std::optional<oci::Platform> platform;
};

/// An error is one of the command line: no image's name and no path that is there, no platform, a key that is none.
Result<SbomQuery> understand(const SbomSource& source);

/// Looks for the SBOMs.
Result<sbom::Search> search_sboms(const SbomQuery& query, Terminal& terminal);

} // namespace kif::cli
