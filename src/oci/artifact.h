// SPDX-License-Identifier: Apache-2.0
// Artifacts: manifests of what is attached to an image (signatures, attestations, SBOMs), whose layers are no tars.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/descriptor.h"

namespace kif::oci {

/// A manifest in which configuration and layers may be of any type (image-spec, manifest.md, "Guidelines for Artifact
/// Usage"). An image's manifest is one too.
struct Artifact {
  std::string media_type;            ///< of the manifest
  std::string artifact_type;         ///< its own, or else its configuration's type, which stands for it
  Descriptor config;                 ///< application/vnd.oci.empty.v1+json where there is none to speak of
  std::vector<Descriptor> layers;    ///< at most 1024
  std::optional<Descriptor> subject; ///< what it is attached to
  Annotations annotations;

  /// `where` names it in errors: "the manifest of sha256-….att of docker://h/x".
  static Result<Artifact> parse(std::string_view text, const std::string& expected_media_type,
                                const std::string& where);
};

/// The subject of a manifest or index, read without the rest of it; none where it has none.
Result<std::optional<Descriptor>> subject_of(std::string_view text, const std::string& where);

} // namespace kif::oci
