// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest_document.h"

namespace kif::oci {

Result<void> check_schema(const JsonObject& document) {
  if (document.find("schemaVersion") == nullptr) // umoci, docker and podman do not miss it
    return {};
  KIF_TRY(const std::uint64_t version, document.size("schemaVersion"));
  if (version == 1)
    return fail(
        Error(ErrorCode::unsupported, "cannot read " + document.where() + ": Docker's schema 1 is not supported")
            .with_hint("copy it first: skopeo copy --format oci … oci:DIR:TAG"));
  if (version != 2)
    return fail(Error(ErrorCode::invalid_input, "cannot read " + document.where() + ": unknown schemaVersion")
                    .with_mismatch("2", std::to_string(version)));
  return {};
}

Result<void> check_type(const JsonObject& document, std::string_view expected, std::string_view foreign_member) {
  KIF_TRY(const std::string type, document.optional_string("mediaType"));
  if (!type.empty() && type != expected)
    return fail(
        Error(ErrorCode::invalid_input, "cannot read " + document.where() + ": its media type is not its descriptor's")
            .with_mismatch(std::string(expected), type));
  if (document.find(std::string(foreign_member)) != nullptr)
    return fail(ErrorCode::invalid_input, "cannot read " + document.where() + ": it has both \"manifests\" and \"" +
                                              (foreign_member == "manifests" ? "config" : std::string(foreign_member)) +
                                              "\", so it could be an index or a manifest");
  return {};
}

} // namespace kif::oci
