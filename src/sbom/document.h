// SPDX-License-Identifier: Apache-2.0
// One SBOM as kif uses it, whatever its format: the packages it lists, and what it says of itself. All of it is
// claimed: whoever wrote the document could write anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "digest/digest.h"

namespace kif::sbom {

enum class Format {
  spdx_json,          ///< SPDX 2.2 and 2.3
  cyclonedx_json,     ///< CycloneDX 1.4 to 1.7
  syft_json,          ///< syft's own
  slsa_provenance,    ///< https://slsa.dev/provenance/v1, packages from its internalParameters
  apko_configuration, ///< https://apko.dev/image-configuration
  apk_database,       ///< /lib/apk/db/installed
  dpkg_status,        ///< /var/lib/dpkg/status and status.d
  rpm_database,       ///< rpmdb, in any of its forms
};
/// "SPDX JSON", "CycloneDX JSON", … for people.
std::string_view to_string(Format format) noexcept;

/// By whose rules a package's version is ordered.
enum class Ecosystem { apk, deb, rpm, other };
/// "apk", "deb", "rpm", "other".
std::string_view to_string(Ecosystem ecosystem) noexcept;

/// Whether an entry stands for a package that is in the image. All but `installed` may be there and may not, so they
/// count against an image and never for it.
enum class Presence {
  installed,
  contradictory, ///< its package URL is none, or that of another package
  elsewhere,     ///< a source, a file, or what a build needed or was told
};
/// "installed", "contradictory", "elsewhere".
std::string_view to_string(Presence presence) noexcept;

struct Package {
  std::string name;
  std::string version; ///< as it was written; may be empty, and need not be valid
  Ecosystem ecosystem = Ecosystem::other;
  std::string architecture; ///< as it was written; empty where the document does not say
  std::string purl;         ///< package URL (ECMA-427), empty where the document has none
  Presence presence = Presence::installed;

  friend auto operator<=>(const Package&, const Package&) = default;
};

struct Document {
  Format format = Format::spdx_json;
  std::string format_version;    ///< "2.3"; empty for databases
  std::string name;              ///< what the document calls itself; may be empty
  std::string created;           ///< RFC 3339, as it was written; empty where it does not say
  std::vector<Package> packages; ///< sorted, each once. Images, layers and operating systems are none
  std::vector<Digest> variants;  ///< of an index's SPDX: the images that are VARIANT_OF it; then mostly no packages
  std::vector<std::string>
      left_out; ///< one sentence for each kind of entry that could not be used ("2 packages have no name")

  /// Whether its packages are what is in the image, and not what a build was told to put there.
  bool lists_what_is_there() const noexcept {
    return !packages.empty() && format != Format::slsa_provenance && format != Format::apko_configuration;
  }
  /// Whether it lists images for platforms instead of packages.
  bool is_of_index_only() const noexcept { return packages.empty() && !variants.empty(); }
};

} // namespace kif::sbom
