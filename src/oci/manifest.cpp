// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

#include <array>

#include "oci/json.h"
#include "oci/manifest_document.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_layers = 1024; // overlayfs takes 500, Docker makes at most 127

struct LayerType {
  std::string_view media_type;
  Compression compression;
};
constexpr std::array<LayerType, 6> k_layer_types{{
    {k_oci_layer, Compression::none},
    {k_oci_layer_gzip, Compression::gzip},
    {k_oci_layer_zstd, Compression::zstd},
    {k_docker_layer, Compression::none},
    {k_docker_layer_gzip, Compression::gzip},
    {k_docker_layer_zstd, Compression::zstd},
}};

Result<Layer> layer_from(const JsonObject& object) {
  KIF_TRY(Descriptor descriptor, Descriptor::from_object(object));
  for (const LayerType& type : k_layer_types) {
    if (type.media_type == descriptor.media_type)
      return Layer{std::move(descriptor), type.compression};
  }
  const std::string_view type = descriptor.media_type;
  const std::string head =
      "cannot read " + object.where() + ": " + object.path_of("mediaType") + " is " + std::string(type);
  if (type.starts_with(k_docker_foreign_layer) || type.starts_with(k_oci_foreign_layer))
    return fail(ErrorCode::unsupported, head + ", a foreign layer, whose content is not part of the image");
  return fail(Error(ErrorCode::unsupported, head + ", which is no layer that kif knows")
                  .with_hint("known are tar, tar+gzip and tar+zstd, under OCI's and Docker's names"));
}

} // namespace

Result<Manifest> Manifest::parse(std::string_view text, const std::string& expected_media_type,
                                 const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  KIF_CHECK(check_schema(document));
  KIF_CHECK(check_type(document, expected_media_type, "manifests"));

  KIF_TRY(const JsonObject config_object, document.object("config"));
  KIF_TRY(Descriptor config, Descriptor::from_object(config_object));
  if (!is_config_type(config.media_type))
    return fail(ErrorCode::unsupported, "cannot read " + where + ": config.mediaType is " + config.media_type +
                                            ", so it is not an image that can be run");
  Manifest manifest{expected_media_type, std::move(config), {}, {}, {}};
  std::vector<JsonObject> layers; // null is how Go writes that there are none
  if (document.find("layers") != nullptr) {
    KIF_TRY(layers, document.objects("layers"));
  }
  if (layers.size() > k_max_layers)
    return fail(ErrorCode::too_large,
                "cannot read " + where + ": more than " + std::to_string(k_max_layers) + " layers");
  for (const JsonObject& object : layers) {
    KIF_TRY(Layer layer, layer_from(object));
    manifest.layers.push_back(std::move(layer));
  }
  KIF_TRY(manifest.annotations, document.string_map("annotations"));
  manifest.json = json;
  return manifest;
}

Result<Index> Index::parse(std::string_view text, const std::string& expected_media_type, const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  KIF_CHECK(check_schema(document));
  KIF_CHECK(check_type(document, expected_media_type, "config"));
  KIF_CHECK(check_type(document, expected_media_type, "layers"));
  Index index;
  KIF_TRY(const auto entries, document.objects("manifests"));
  for (const JsonObject& entry : entries) {
    KIF_TRY(Descriptor descriptor, Descriptor::from_object(entry));
    descriptor.json = nullptr;
    index.manifests.push_back(std::move(descriptor));
  }
  KIF_TRY(index.annotations, document.string_map("annotations"));
  return index;
}

bool is_attestation(const Descriptor& entry) {
  return entry.annotations.contains("vnd.docker.reference.type") ||
         (entry.platform && entry.platform->os == "unknown" && entry.platform->architecture == "unknown");
}

} // namespace kif::oci
