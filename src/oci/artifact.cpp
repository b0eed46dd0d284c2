// SPDX-License-Identifier: Apache-2.0
#include "oci/artifact.h"

#include "oci/json.h"
#include "oci/manifest_document.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_layers = 1024; // cosign puts each attestation of an image into a layer of its own

Result<std::optional<Descriptor>> subject_in(const JsonObject& document) {
  KIF_TRY(const auto object, document.optional_object("subject"));
  if (!object)
    return std::optional<Descriptor>();
  KIF_TRY(Descriptor subject, Descriptor::from_object(*object));
  return std::optional<Descriptor>(std::move(subject));
}

} // namespace

Result<Artifact> Artifact::parse(std::string_view text, const std::string& expected_media_type,
                                 const std::string& where) {
  if (!is_manifest_type(expected_media_type))
    return fail(ErrorCode::unsupported, "cannot read " + where + ": it is no manifest but " + expected_media_type);
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  KIF_CHECK(check_schema(document));
  KIF_CHECK(check_type(document, expected_media_type, "manifests"));

  KIF_TRY(const JsonObject config_object, document.object("config"));
  KIF_TRY(Descriptor config, Descriptor::from_object(config_object));
  Artifact artifact{expected_media_type, {}, std::move(config), {}, {}, {}};
  KIF_TRY(artifact.artifact_type, document.optional_string("artifactType"));
  if (artifact.artifact_type.empty())
    artifact.artifact_type = artifact.config.media_type;
  if (document.find("layers") != nullptr) {
    KIF_TRY(const auto layers, document.objects("layers"));
    if (layers.size() > k_max_layers)
      return fail(ErrorCode::too_large,
                  "cannot read " + where + ": more than " + std::to_string(k_max_layers) + " layers");
    for (const JsonObject& object : layers) {
      KIF_TRY(Descriptor layer, Descriptor::from_object(object));
      artifact.layers.push_back(std::move(layer));
    }
  }
  KIF_TRY(artifact.subject, subject_in(document));
  KIF_TRY(artifact.annotations, document.string_map("annotations"));
  return artifact;
}

Result<std::optional<Descriptor>> subject_of(std::string_view text, const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  return subject_in(document);
}

} // namespace kif::oci
