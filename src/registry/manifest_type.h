// SPDX-License-Identifier: Apache-2.0
// Manifests as a registry gives them: which types are asked for, and which type a document has.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/registry_client.h"

namespace kif::oci {

/// All that kif can make something of; schema 1 so that it can be named in an error instead of a 404.
inline constexpr std::string_view k_accepted_manifests =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1";

/// Whether blobs of this type are asked for under manifests/ rather than blobs/.
bool is_manifest(std::string_view media_type);

/// The type of a manifest or index: what its own mediaType says, else `content_type` where that is one that kif knows,
/// else what its members say. unsupported where that is nothing that kif knows.
Result<std::string> manifest_type(std::string_view text, const std::string& content_type, const std::string& what);

struct Document {
  std::string text;
  std::string content_type; ///< without parameters
};

/// A whole JSON document of at most k_max_json_bytes.
Result<Document> fetch_document(RegistryClient& client, const RegistryQuery& query);
/// The same of an answer that is there.
Result<Document> read_document(SendResponse& answer, const std::string& what);

} // namespace kif::oci
