// SPDX-License-Identifier: Apache-2.0
// Manifests and indexes: OCI's (image-spec, manifest.md, image-index.md) and Docker's (schema 2 and manifest list).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/descriptor.h"

namespace kif::oci {

/// How a layer's tar is stored.
enum class Compression { none, gzip, zstd };

/// One layer's blob is a tar in one of three forms; all others, foreign layers among them, are refused when the
/// manifest is read.
struct Layer {
  Descriptor descriptor;
  Compression compression = Compression::none;
};

struct Manifest {
  std::string media_type; ///< OCI's or Docker's
  Descriptor config;
  std::vector<Layer> layers;
  Annotations annotations;
  nlohmann::json json; ///< as it was read; null for one that kif made

  /// `where` names it in errors: "the manifest of oci:x:y".
  static Result<Manifest> parse(std::string_view text, const std::string& expected_media_type,
                                const std::string& where);
};

/// An index, or Docker's manifest list. Holds all entries, those that are no images (attestations) among them.
struct Index {
  std::vector<Descriptor> manifests;
  Annotations annotations;
  nlohmann::json json;                       ///< as it was read
  std::optional<Descriptor> descriptor = {}; ///< its own; none for index.json of a layout, which nothing points to

  static Result<Index> parse(std::string_view text, const std::string& expected_media_type, const std::string& where);
};

/// Whether an entry of an index says of itself that it is not an image to be run: BuildKit's attestations, platform
/// unknown/unknown.
bool is_attestation(const Descriptor& entry);

} // namespace kif::oci
