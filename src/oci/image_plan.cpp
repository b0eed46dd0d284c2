// SPDX-License-Identifier: Apache-2.0
#include "oci/image_plan.h"

#include <algorithm>

#include <fcntl.h>

#include "layer/gzip_layer.h"
#include "oci/blob_store.h"
#include "oci/json.h"
#include "oci/media_type.h"
#include "oci/text_reader.h"

namespace kif::oci {
namespace {

using nlohmann::json;

PlannedBlob inherited_blob(const Image& base, const Descriptor& descriptor, const std::string& what) {
  return {descriptor, [base, descriptor, what] { return base.open_blob(descriptor, what); },
          base.store().path_of(descriptor.digest)};
}

PlannedBlob file_blob(const Descriptor& descriptor, const std::filesystem::path& path) {
  const auto open = [descriptor, path]() -> Result<std::unique_ptr<Reader>> {
    KIF_TRY(UniqueFd fd, open_file(path, O_RDONLY));
    auto reader = std::make_unique<FdReader>(std::move(fd), path.string());
    return std::make_unique<VerifiedReader>(std::move(reader), descriptor.digest, descriptor.size, path.string());
  };
  return {descriptor, open, path};
}

std::string_view oci_layer_type(Compression compression) {
  switch (compression) {
  case Compression::gzip:
    return k_oci_layer_gzip;
  case Compression::zstd:
    return k_oci_layer_zstd;
  case Compression::none:
    break;
  }
  return k_oci_layer;
}

// An entry of the history. `created` may be left out (image-spec, config.md), but umoci crashes without it.
json history_entry(json entry, const json& config) {
  if (!entry.is_object())
    entry = json::object();
  if (!entry.contains("created")) {
    const auto created = config.find("created");
    entry["created"] = created != config.end() && created->is_string() ? *created : json("1970-01-01T00:00:00Z");
  }
  return entry;
}

// A configuration lists what made each layer. Where it lists less than the layers there are, empty entries stand in, so
// that those of the new layers are not taken for those of old ones.
Result<void> extend_history(json& config, std::size_t base_layers, const std::vector<NewLayer>& added) {
  json& history = config["history"];
  if (history.is_null())
    history = json::array();
  const auto is_entry = [](const json& entry) {
    return entry.is_object() && (!entry.contains("empty_layer") || entry["empty_layer"].is_boolean());
  };
  if (!history.is_array() || !std::all_of(history.begin(), history.end(), is_entry))
    return fail(ErrorCode::invalid_input, "cannot extend the configuration: its history is malformed");
  const auto with_layer = static_cast<std::size_t>(std::count_if(
      history.begin(), history.end(), [](const json& entry) { return !entry.value("empty_layer", false); }));
  for (std::size_t i = with_layer; i < base_layers; ++i)
    history.push_back(history_entry({}, config));
  for (const NewLayer& layer : added)
    history.push_back(history_entry(layer.history, config));
  return {};
}

Result<json> extended_config(const Image& base, const Edit& edit, const std::vector<StoredLayer>& stored) {
  json config = edit.config.value_or(base.config_json());
  KIF_TRY(const ImageConfig read, ImageConfig::from_json(config, "the new configuration"));
  if (read.diff_ids != base.config().diff_ids)
    return fail(ErrorCode::internal,
                "cannot extend the configuration: its diff_ids are no longer those of the base's layers");
  for (const StoredLayer& layer : stored)
    config["rootfs"]["diff_ids"].push_back(layer.diff_id.text());
  if (!edit.layers.empty())
    KIF_CHECK(extend_history(config, base.layer_count(), edit.layers));
  return config;
}

Result<PlannedBlob> plan_config(const Image& base, const Edit& edit, const std::vector<StoredLayer>& stored) {
  if (!edit.config && stored.empty()) {
    Descriptor descriptor = base.manifest().config;
    descriptor.media_type = k_oci_config;
    return inherited_blob(base, descriptor, "the configuration of " + base.name().text());
  }
  KIF_TRY(const json config, extended_config(base, edit, stored));
  KIF_TRY(std::string text, write_json(config, "the new configuration"));
  return text_blob(std::string(k_oci_config), std::move(text));
}

Result<PlannedBlob> plan_manifest(const Image& base, const Edit& edit, const PlannedBlob& config,
                                  const std::vector<PlannedBlob>& layers) {
  const Manifest& old = base.manifest();
  const bool is_oci = old.media_type == k_oci_manifest && base.manifest_descriptor().has_value();
  if (is_oci && !edit.config && edit.layers.empty() && edit.annotations.empty()) {
    // Without what the index said of it: a tag, which is not this one's.
    const Descriptor& there = *base.manifest_descriptor();
    return inherited_blob(base, Descriptor{there.media_type, there.digest, there.size},
                          "the manifest of " + base.name().text());
  }
  json manifest = is_oci ? old.json : json::object();
  manifest["schemaVersion"] = 2;
  manifest["mediaType"] = k_oci_manifest;
  manifest["config"] = config.descriptor.to_json();
  manifest["layers"] = json::array();
  for (const PlannedBlob& layer : layers)
    manifest["layers"].push_back(layer.descriptor.to_json());
  for (const auto& [name, value] : edit.annotations)
    manifest["annotations"][name] = value;
  KIF_TRY(std::string text, write_json(manifest, "the new manifest"));
  return text_blob(std::string(k_oci_manifest), std::move(text));
}

} // namespace

PlannedBlob text_blob(std::string media_type, std::string text) {
  Descriptor descriptor{std::move(media_type), Digest::of(text), text.size()};
  auto kept = std::make_shared<const std::string>(std::move(text));
  return {std::move(descriptor),
          [kept]() -> Result<std::unique_ptr<Reader>> { return std::make_unique<TextReader>(kept); }};
}

Result<ImagePlan> plan_image(const Image& base, const Edit& edit, const std::filesystem::path& scratch) {
  std::vector<StoredLayer> stored;
  std::vector<PlannedBlob> layers;
  for (std::size_t i = 0; i < base.layer_count(); ++i) {
    const Layer& layer = base.manifest().layers[i];
    Descriptor descriptor = layer.descriptor;
    KIF_TRY(const Compression compression, base.stored_compression(i));
    descriptor.media_type = oci_layer_type(compression); // the label that it ought to have had
    layers.push_back(inherited_blob(base, descriptor, base.layer_name(i)));
  }
  for (const NewLayer& layer : edit.layers) {
    const std::filesystem::path blob = scratch / ("layer-" + std::to_string(stored.size()));
    KIF_TRY(StoredLayer made, store_layer(layer.tar, blob));
    layers.push_back(file_blob({std::string(k_oci_layer_gzip), made.digest, made.size}, blob));
    stored.push_back(std::move(made));
  }
  KIF_TRY(PlannedBlob config, plan_config(base, edit, stored));
  KIF_TRY(PlannedBlob manifest, plan_manifest(base, edit, config, layers));
  return ImagePlan{std::move(manifest), std::move(config), std::move(layers)};
}

} // namespace kif::oci
