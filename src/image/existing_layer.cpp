// SPDX-License-Identifier: Apache-2.0
#include "image/existing_layer.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

std::string label_of(const oci::Image& image, const char* name) {
  const auto& labels = image.config().labels;
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

// Takes the history entry of a layer out: entries with empty_layer stand for no layer (image-spec, config.md,
// "history").
void erase_history(nlohmann::json& config, std::size_t layer) {
  const auto history = config.find("history");
  if (history == config.end() || !history->is_array())
    return;
  std::size_t number = 0;
  for (auto entry = history->begin(); entry != history->end(); ++entry) {
    if (entry->is_object() && entry->value("empty_layer", nlohmann::json(false)) == true)
      continue;
    if (number == layer) {
      history->erase(entry);
      return;
    }
    ++number;
  }
}

} // namespace

std::optional<std::size_t> find_existing_layer(const oci::Image& image) {
  const std::string diff_id = label_of(image, k_label_layer_diff_id);
  const auto& layers = image.config().diff_ids;
  const auto found =
      std::find_if(layers.rbegin(), layers.rend(), [&](const Digest& id) { return id.text() == diff_id; });
  return found == layers.rend() ? std::nullopt : std::optional(static_cast<std::size_t>(layers.rend() - found) - 1);
}

Result<void> check_no_merged_layer(const oci::Image& image, const oci::FileTree& tree) {
  if (label_of(image, k_label_layer_diff_id).empty() && tree.find(k_description_path) == nullptr)
    return {};
  return fail(Error(ErrorCode::conflict,
                    "cannot harden " + image.name().text() + ": it has a FIPS layer that is merged with other layers")
                  .with_hint("harden the image that it was made from"));
}

Result<bool> has_files(const oci::Image& image, const oci::FileTree& tree, std::size_t layer,
                       const std::vector<LayerFile>& files) {
  for (const std::string_view path : k_module_links) {
    const oci::FileEntry* link = tree.find(path);
    if (link == nullptr || link->layer != layer || link->type != oci::FileType::symlink ||
        link->link_target != k_module_link_target)
      return false;
  }
  std::map<const oci::FileEntry*, const LayerFile*> wanted;
  for (const LayerFile& file : files) {
    const oci::FileEntry* there = tree.find(file.path);
    if (there == nullptr || there->layer != layer || there->type != oci::FileType::regular ||
        there->size != file.content.size() || there->mode != file.mode || there->uid != file.uid ||
        there->gid != file.gid)
      return false;
    wanted[there] = &file;
  }
  std::size_t equal = 0;
  KIF_CHECK(oci::visit_files(
      image, tree, [&](const oci::FileEntry& entry) { return wanted.contains(&entry); },
      [&](const oci::FileEntry& entry, Reader& reader) -> Result<void> {
        KIF_TRY(const std::string content, read_to_end(reader, entry.size, entry.name));
        equal += content == wanted.at(&entry)->content ? 1 : 0;
        return {};
      }));
  return equal == files.size();
}

Result<oci::Image> without_layer(const oci::Image& image, std::size_t layer) {
  const auto at = static_cast<std::ptrdiff_t>(layer);
  oci::Manifest manifest = image.manifest();
  nlohmann::json config_json = image.config_json();
  manifest.layers.erase(manifest.layers.begin() + at);
  if (const auto layers = manifest.json.find("layers"); layers != manifest.json.end())
    layers->erase(layers->begin() + at);
  nlohmann::json& diff_ids = config_json["rootfs"]["diff_ids"];
  diff_ids.erase(diff_ids.begin() + at);
  erase_history(config_json, layer);
  KIF_TRY(oci::ImageConfig config,
          oci::ImageConfig::from_json(config_json, "the configuration of " + image.name().text()));
  config.platform = image.platform();

  // The store belongs to the image; the pointer to it keeps a copy of the image, which is cheap, alive.
  const auto owner = std::make_shared<const oci::Image>(image);
  return oci::Image(oci::Image::Parts{.name = image.name(),
                                      .manifest = std::move(manifest),
                                      .manifest_descriptor = std::nullopt,
                                      .indexes = {},
                                      .config_json = std::move(config_json),
                                      .config = std::move(config),
                                      .store = std::shared_ptr<const oci::BlobStore>(owner, &owner->store())});
}

BaseIdentity base_named_by(const oci::Image& image) {
  return {label_of(image, k_label_base_name), label_of(image, k_label_base_digest)};
}

} // namespace kif::image
