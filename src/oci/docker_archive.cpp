// SPDX-License-Identifier: Apache-2.0
#include "oci/docker_archive.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "layer/compression.h"
#include "layer/tar_index.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

class DockerStore final : public BlobStore {
public:
  explicit DockerStore(TarIndex archive) : m_archive(std::move(archive)) {}

  Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const override {
    const auto found = m_paths.find(descriptor.digest);
    if (found == m_paths.end())
      return fail(ErrorCode::not_found, "cannot read " + what + ": blob " + descriptor.digest.text() + " is missing");
    return m_archive.open(found->second);
  }

  const TarIndex& archive() const noexcept { return m_archive; }
  void note(const Digest& digest, const std::string& path) { m_paths.emplace(digest, path); }

private:
  TarIndex m_archive;
  std::map<Digest, std::string> m_paths;
};

struct Item {
  std::string config;
  std::vector<std::string> names; ///< normalized
  std::vector<std::string> layers;
};

Result<std::vector<Item>> read_items(const TarIndex& archive, const std::string& name) {
  if (!archive.contains("manifest.json"))
    return fail(Error(ErrorCode::invalid_input, "cannot open " + name + ": the archive holds no manifest.json")
                    .with_hint(archive.contains("oci-layout") ? "did you mean \"oci-archive\"?" : ""));
  const std::string where = "manifest.json of " + name;
  KIF_TRY(const auto reader, archive.open("manifest.json"));
  KIF_TRY(const std::string text, read_to_end(*reader, k_max_json_bytes, where));
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  if (!json.is_array())
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": it is not an array");
  std::vector<Item> items;
  for (const nlohmann::json& element : json) {
    KIF_TRY(const JsonObject object,
            JsonObject::of(element, where, std::string("[").append(std::to_string(items.size())).append("]")));
    Item item;
    KIF_TRY(item.config, object.string("Config"));
    KIF_TRY(item.layers, object.strings("Layers"));
    KIF_TRY(const auto names, object.strings("RepoTags"));
    for (const std::string& written : names) {
      auto normal = normalize_docker_reference(written);
      item.names.push_back(normal ? *std::move(normal) : written); // one that is no reference cannot be asked for
    }
    items.push_back(std::move(item));
  }
  return items;
}

Result<Item> choose_item(const std::vector<Item>& items, const ImageName& name) {
  std::vector<std::string> there;
  for (const Item& item : items) {
    there.insert(there.end(), item.names.begin(), item.names.end());
    if (std::find(item.names.begin(), item.names.end(), name.reference()) != item.names.end())
      return item;
  }
  const std::string hint = there.empty() ? "" : "there are: " + join_names(there);
  if (!name.reference().empty())
    return fail(Error(ErrorCode::not_found, "cannot open " + name.text() + ": the archive holds no image of that name")
                    .with_hint(hint));
  if (items.size() == 1)
    return items.front();
  return fail(Error(ErrorCode::not_found, "cannot open " + name.text() + ": it holds " +
                                              (items.empty() ? "no image" : "more than one image, name one"))
                  .with_hint(hint));
}

// Docker names the configuration "HEX.json", go-containerregistry "sha256:HEX", docker 25 "blobs/sha256/HEX". That is
// all that an archive says of its digest.
Result<void> check_config_name(const std::string& path, const Digest& digest, const std::string& name) {
  std::string hex = std::filesystem::path(path).filename().string();
  if (hex.ends_with(".json"))
    hex.resize(hex.size() - 5);
  if (hex.starts_with("sha256:"))
    hex.erase(0, 7);
  const auto claimed = Digest::parse("sha256:" + hex);
  if (claimed && *claimed != digest)
    return fail(Error(ErrorCode::digest_mismatch, "cannot verify the configuration of " + name + ": digest mismatch")
                    .with_mismatch(claimed->text(), digest.text()));
  return {};
}

Result<Compression> compression_of(const TarIndex& archive, const std::string& path) {
  KIF_TRY(auto reader, archive.open(path));
  KIF_TRY(const ToldCompression told, tell_compression(std::move(reader), Compression::none, path));
  return told.compression;
}

Result<Digest> digest_of_entry(const TarIndex& archive, const std::string& path) {
  KIF_TRY(const auto reader, archive.open(path));
  Sha256 hash;
  std::vector<std::byte> buffer(128 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader->read(buffer));
    if (count == 0)
      return hash.finish();
    hash.update(std::span(buffer).first(count));
  }
}

// A layer is a plain tar, whose digest is the diff_id. Some programs put compressed layers there, and all readers take
// them; the digest of such a blob is written nowhere and so is computed: its content is still held to the diff_id.
Result<Layer> describe_layer(const TarIndex& archive, const std::string& path, const Digest& diff_id) {
  KIF_TRY(const Compression compression, compression_of(archive, path));
  KIF_TRY(const std::uint64_t size, archive.size(path));
  if (compression == Compression::none)
    return Layer{Descriptor{std::string(k_oci_layer), diff_id, size}, compression};
  KIF_TRY(const Digest digest, digest_of_entry(archive, path));
  const std::string_view type = compression == Compression::gzip ? k_oci_layer_gzip : k_oci_layer_zstd;
  return Layer{Descriptor{std::string(type), digest, size}, compression};
}

} // namespace

Result<DockerArchive> open_docker_archive(const ImageName& name) {
  KIF_TRY(TarIndex archive, TarIndex::read(name.path(), name.text()));
  KIF_TRY(const auto items, read_items(archive, name.text()));
  KIF_TRY(const Item item, choose_item(items, name));

  const std::string where = "the configuration of " + name.text();
  KIF_TRY(const auto reader, archive.open(item.config));
  KIF_TRY(const std::string text, read_to_end(*reader, k_max_json_bytes, where));
  const Digest config_digest = Digest::of(text);
  KIF_CHECK(check_config_name(item.config, config_digest, name.text()));
  KIF_TRY(nlohmann::json config_json, parse_json(text, where));
  replace_nulls(config_json);
  KIF_TRY(ImageConfig config, ImageConfig::from_json(config_json, where));
  config.platform.complete({});
  KIF_CHECK(check_layer_count(item.layers.size(), config, name.text()));
  Manifest manifest{
      std::string(k_oci_manifest), Descriptor{std::string(k_oci_config), config_digest, text.size()}, {}, {}, {}};

  auto store = std::make_shared<DockerStore>(std::move(archive));
  store->note(config_digest, item.config);
  for (std::size_t i = 0; i < item.layers.size(); ++i) {
    KIF_TRY(Layer layer, describe_layer(store->archive(), item.layers[i], config.diff_ids[i]));
    store->note(layer.descriptor.digest, item.layers[i]);
    manifest.layers.push_back(std::move(layer));
  }
  return DockerArchive{{std::move(manifest), std::move(config_json), std::move(config)}, std::move(store)};
}

} // namespace kif::oci
