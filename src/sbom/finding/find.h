// SPDX-License-Identifier: Apache-2.0
// Finds the SBOMs of an image wherever publishers put them, and reads them. Every document that says of which image it
// speaks is held to the digests that were looked for; one that speaks of another is refused, and said to be.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/image_name.h"
#include "oci/platform.h"
#include "oci/repository.h"
#include "sbom/reading/read.h"

namespace kif::sbom {

/// Where a document was found, in the order in which kif looks.
enum class Route {
  cosign_sbom_tag,        ///< tag sha256-<hex>.sbom, `cosign attach sbom`
  cosign_attestation_tag, ///< tag sha256-<hex>.att, `cosign attest`
  referrers_api,          ///< OCI 1.1 referrers
  referrers_tag,          ///< their fallback, tag sha256-<hex>
  buildkit,               ///< attestation manifests in the image's own index
  layout,                 ///< a layout's manifests that have a subject, and `cosign save`
  root_file_system,       ///< files and package databases inside the image
  file,                   ///< a document that was named itself
};
/// "cosign-sbom-tag", "referrers-api", …: stable, for JSON.
std::string_view to_string(Route route) noexcept;
/// For people: "tag sha256-….sbom", "referrers API", …
std::string_view describe(Route route) noexcept;

struct Found {
  Route route = Route::file;
  std::string where; ///< for people: "layer 2 of tag sha256-….att of docker://…", "/lib/apk/db/installed in oci:x:y"
  std::optional<Digest> subject; ///< of the manifest or index that it was found at; inside a docker-archive none; of a
                                 ///< named file the first that its statement names
  bool subject_is_index = false;
  ReadDocument reading;
};

/// A document that was there and could not be used, or a place that could not be looked at.
struct Refused {
  Route route = Route::file;
  std::string where;
  Error error;
};

struct Search {
  std::string image;                     ///< as it was named
  std::optional<Digest> manifest_digest; ///< of the platform's image; none for docker-archive and files
  std::optional<Digest> index_digest;    ///< of the index that led to it, where one did
  std::string platform;                  ///< "linux/amd64"; empty for files
  std::string created;                   ///< of the image's configuration, as it was written; may be empty
  std::string kif_layer;    ///< the layer of the image that its label kif.layer.diff-id names; empty: none is named so
  std::vector<Found> found; ///< in the order of the routes
  std::vector<Refused> refused;
  std::vector<std::string> other_predicates; ///< attestations met that are no SBOM, each type once
  std::vector<Route> looked;                 ///< the routes that were tried
  bool root_was_passed_over = false;         ///< the image's files were not read: what was found beside it was enough
};

struct SearchOptions {
  std::optional<oci::Platform> platform = {}; ///< none: this machine's
  oci::RegistryOpener registry = {};
  ReadOptions reading = {};
  bool look_everywhere = false; ///< inside the image too, where a document with packages was found beside it
  std::function<void(std::string_view)> progress = {};
};

/// Looks in every route that the image has. Its files are read, and a registry's layers fetched for it, only where no
/// other route gave a list of what is in the image, or where all is asked for. An error means that the image itself
/// could not be opened, or that a layer is not what its digest says; what goes wrong in one route is in `refused`.
Result<Search> find_sboms(const oci::ImageName& image, const SearchOptions& options);
/// The SBOMs in one file, which may be a pipe.
Result<Search> read_sbom_file(const std::filesystem::path& file, const SearchOptions& options);
/// The packages of an unpacked root file system.
Result<Search> find_sboms_in_folder(const std::filesystem::path& root, const SearchOptions& options);

/// Among what was found, the document to be judged; null: none has packages. A list of what is in the image before a
/// build's configuration or provenance; a verified signature before all others; the platform's digest before the
/// index's; then the order of the routes.
const Found* best_document(const Search& search) noexcept;

} // namespace kif::sbom
