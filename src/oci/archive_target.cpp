// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "base/output_file.h"
#include "layer/tar_writer.h"
#include "oci/image_target.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

// An archive in the making: entries in byte order of their names, all times 1970, owned by root, so that the same image
// gives the same file.
class Archive {
public:
  static Result<Archive> create(const std::filesystem::path& path) {
    KIF_TRY(OutputFile file, OutputFile::create(path));
    return Archive(std::make_unique<OutputFile>(std::move(file)));
  }

  Result<void> add_folder(std::string name) { return m_tar.add_directory({std::move(name), 0755}); }
  Result<void> add_text(std::string name, std::string_view text) {
    return m_tar.add_file({std::move(name), 0644}, text);
  }
  Result<void> add_blob(std::string name, const PlannedBlob& blob) {
    KIF_TRY(const auto reader, blob.open());
    return m_tar.add_file({std::move(name), 0644}, blob.descriptor.size, *reader);
  }

  Result<void> commit() {
    KIF_CHECK(m_tar.finish());
    return m_file->commit();
  }

private:
  explicit Archive(std::unique_ptr<OutputFile> file)
      : m_file(std::move(file)),
        m_tar([target = m_file.get()](std::span<const std::byte> bytes) { return target->write(bytes); }) {}

  std::unique_ptr<OutputFile> m_file;
  TarWriter m_tar;
};

std::string_view layer_suffix(std::string_view media_type) {
  if (media_type == k_oci_layer_gzip)
    return ".tar.gz";
  return media_type == k_oci_layer_zstd ? ".tar.zst" : ".tar";
}

} // namespace

Result<void> write_layout_archive(const std::filesystem::path& file, const std::string& tag, const Descriptor& top,
                                  const std::vector<PlannedBlob>& blobs) {
  std::map<std::string, const PlannedBlob*> by_name;
  for (const PlannedBlob& blob : blobs)
    by_name.emplace("blobs/sha256/" + blob.descriptor.digest.hex(), &blob);
  KIF_TRY(const std::string index, write_json(with_entry(nullptr, tag, top), "index.json"));
  KIF_TRY(Archive archive, Archive::create(file));
  KIF_CHECK(archive.add_folder("blobs/"));
  KIF_CHECK(archive.add_folder("blobs/sha256/"));
  for (const auto& [name, blob] : by_name)
    KIF_CHECK(archive.add_blob(name, *blob));
  KIF_CHECK(archive.add_text("index.json", index));
  KIF_CHECK(archive.add_text("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"));
  return archive.commit();
}

// Compressed layers stay so: docker, podman and skopeo look at the content and not at the name, and
// go-containerregistry writes them so too. Names as skopeo gives them, but for the ending.
Result<void> write_docker_archive(const std::filesystem::path& file, const std::string& reference,
                                  const ImagePlan& plan) {
  std::map<std::string, const PlannedBlob*> by_name;
  const std::string config_name = plan.config.descriptor.digest.hex() + ".json";
  by_name.emplace(config_name, &plan.config);
  nlohmann::json item = {{"Config", config_name}, {"RepoTags", nullptr}, {"Layers", nlohmann::json::array()}};
  if (!reference.empty())
    item["RepoTags"] = {reference};
  for (const PlannedBlob& layer : plan.layers) {
    std::string name = layer.descriptor.digest.hex();
    name += layer_suffix(layer.descriptor.media_type);
    item["Layers"].push_back(name);
    by_name.emplace(std::move(name), &layer);
  }
  KIF_TRY(const std::string manifest, write_json(nlohmann::json::array({item}), "manifest.json"));
  KIF_TRY(Archive archive, Archive::create(file));
  for (const auto& [name, blob] : by_name)
    KIF_CHECK(archive.add_blob(name, *blob));
  KIF_CHECK(archive.add_text("manifest.json", manifest)); // after all hex digits in byte order
  return archive.commit();
}

} // namespace kif::oci
