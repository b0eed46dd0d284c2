// SPDX-License-Identifier: Apache-2.0
// Manifests and indexes: OCI's (image-spec, manifest.md, image-index.md) and Docker's (schema 2 and manifest list).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/compression.h"
#include "oci/descriptor.h"

namespace kif::oci {

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

/// An index, or Docker's manifest list. Holds all entries, those that are not images (attestations) among them.
struct Index {
  std::vector<Descriptor> manifests; ///< without their own JSON: there may be as many as fit into k_max_json_bytes
  Annotations annotations;
  std::optional<Descriptor> descriptor = {}; ///< its own; none for index.json of a layout, which nothing points to

  static Result<Index> parse(std::string_view text, const std::string& expected_media_type, const std::string& where);
};

/// Whether an entry of an index says of itself that it is not an image to be run: BuildKit's attestations, platform
/// unknown/unknown.
bool is_attestation(const Descriptor& entry);

/// The indexes that lead to a manifest, outermost first. All that came by the same way share them.
using IndexPath = std::vector<std::shared_ptr<const Index>>;

} // namespace kif::oci
