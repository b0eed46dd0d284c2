// SPDX-License-Identifier: Apache-2.0
#include "image/layer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "image/fips_module.h"
#include "image/inspection/glibc.h"
#include "image/inspection/layer_paths.h"
#include "image/openssl_config.h"
#include "image/preload.h"
#include "layer/tar_writer.h"

namespace kif::image {
namespace {

// Folders that are ours alone: they get our attributes whatever an image may have there.
constexpr std::array<std::string_view, 5> k_own_folders = {"/etc/kif", "/usr/lib/kif", "/usr/lib/kif/java",
                                                           k_modules_folder, "/usr/share/kif"};

constexpr std::uint32_t k_folder_mode = 0755;

nlohmann::ordered_json describe_part(std::string_view path, const PayloadFile& part) {
  nlohmann::ordered_json json = {{"path", path}, {"sha256", part.digest.hex()}};
  if (!part.version.empty())
    json["version"] = part.version;
  if (!part.elf.version_needs.empty()) // the gate has none
    json["needs_glibc"] = newest_glibc_need(part.elf).text();
  return json;
}

nlohmann::ordered_json describe_source(const LayerParts& parts) {
  nlohmann::ordered_json json = describe_part(k_entropy_library_path, parts.entropy_library);
  if (!is_known_source(parts.entropy_library))
    json["claimed"] = k_origin_claimed;
  json["osr"] = parts.settings.osr;
  json["flags"] = parts.settings.flags;
  json["memory_bytes"] = parts.settings.memory_bytes;
  return json;
}

std::string describe_layer(const LayerParts& parts, const LayerClaims& claims, const ApprovedSettings& settings) {
  nlohmann::ordered_json module = describe_part(k_module_path, parts.module);
  module["claimed"] = claims.module_claim.empty() ? std::string(k_no_claim) : claims.module_claim;
  nlohmann::ordered_json document = {{"schema", "kif.layer/" + std::string(k_layer_version)},
                                     {"kif_version", claims.kif_version},
                                     {"architecture", parts.module.elf.architecture},
                                     {"module", module},
                                     {"entropy_library", describe_source(parts)},
                                     {"gate", describe_part(k_gate_path, parts.gate)},
                                     {"provider", describe_part(k_provider_path, parts.provider)},
                                     {"init", describe_part(k_init_path, parts.init)},
                                     {"random", describe_part(k_random_path, parts.random)},
                                     {"compat", settings.compat},
                                     {"not_reached", claims.not_reached}};
  for (const ConvertedStore& store : claims.java_stores)
    document["java_stores_converted"].push_back({{"path", store.path}, {"digest", store.digest.text()}});
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string parent_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

// Where each folder of the layer is in the base: its own path, or where links of the base lead.
class Folders {
public:
  explicit Folders(const oci::FileTree& base) : m_base(base) {}

  // The place of an absolute folder; it and all above it are noted to be written.
  Result<std::string> place(const std::string& folder) {
    if (folder == "/")
      return folder;
    KIF_TRY(const std::string parent, place(parent_of(folder)));
    const std::string path = (parent == "/" ? "" : parent) + folder.substr(folder.rfind('/'));
    const bool is_own = std::find(k_own_folders.begin(), k_own_folders.end(), folder) != k_own_folders.end();
    const oci::FileEntry* there = is_own ? m_base.find(path) : m_base.resolve(path);
    if (there == nullptr && m_base.find(path) != nullptr)
      return fail(ErrorCode::unsupported,
                  "cannot put " + folder + " into the image: " + path + " is a link that leads nowhere");
    if (there != nullptr && there->type != oci::FileType::directory)
      return fail(ErrorCode::unsupported,
                  "cannot put " + folder + " into the image: it has something else under that name");
    oci::TarAttributes attributes{.name = there == nullptr ? path : there->path(), .mode = k_folder_mode};
    if (there != nullptr && !is_own) {
      attributes.mode = there->mode;
      attributes.uid = there->uid;
      attributes.gid = there->gid;
      attributes.mtime_seconds = there->mtime_seconds;
    } else {
      attributes.mtime_seconds = k_layer_time;
    }
    m_folders[attributes.name] = attributes;
    if (there != nullptr) // a link led there: what is above its target is needed as well
      for (std::string above = parent_of(there->path()); above != "/"; above = parent_of(above))
        if (const oci::FileEntry* entry = m_base.find(above); entry != nullptr)
          m_folders[above] = {above, entry->mode, entry->uid, entry->gid, entry->mtime_seconds};
    return attributes.name;
  }

  // Marks a folder that takes the layer's own time.
  static constexpr std::int64_t k_layer_time = INT64_MIN;

  const std::map<std::string, oci::TarAttributes>& all() const { return m_folders; }

private:
  const oci::FileTree& m_base;
  std::map<std::string, oci::TarAttributes> m_folders;
};

} // namespace

Result<LayerParts> read_parts(const PartPaths& paths) {
  KIF_TRY(PayloadFile module, read_fips_module(paths.module));
  KIF_TRY(PayloadFile entropy_library, read_entropy_library(paths.entropy_library, paths.settings));
  KIF_TRY(PayloadFile gate, read_program(paths.gate, "the gate"));
  KIF_TRY(PayloadFile provider, read_program(paths.provider, "the provider"));
  KIF_TRY(PayloadFile init, read_program(paths.init, "kif-init"));
  KIF_TRY(PayloadFile random, read_program(paths.random, "libkif-random.so"));
  return LayerParts{std::move(module), std::move(entropy_library), std::move(gate), std::move(provider),
                    std::move(init),   std::move(random),          paths.settings};
}

std::vector<LayerFile> layer_files(const LayerParts& parts, const LayerClaims& claims, const ApprovedSettings& settings,
                                   std::string_view preloaded, std::vector<LayerFile> more,
                                   const ConfigPlaces& places) {
  const std::string config = openssl_config(settings, parts.settings);
  std::vector<LayerFile> files = {
      {std::string(k_config_path), with_own_sections(config, places.main), 0644},
      {std::string(k_module_path), parts.module.content, 0644},
      {std::string(k_init_path), parts.init.content, 0755},
      {std::string(k_gate_path), parts.gate.content, 0644},
      {std::string(k_provider_path), parts.provider.content, 0644},
      {std::string(k_entropy_library_path), parts.entropy_library.content, 0644},
      {std::string(k_random_path), parts.random.content, 0755},
      {std::string(k_preload_path), preload_text(preloaded), 0644},
      {std::string(k_description_path), describe_layer(parts, claims, settings), 0644},
  };
  for (const ConfigPlaces::Copy& copy : places.copies)
    files.push_back({copy.path, with_own_sections(config, copy.own), 0644});
  std::move(more.begin(), more.end(), std::back_inserter(files));
  const auto by_path = [](const LayerFile& a, const LayerFile& b) { return a.path < b.path; };
  std::sort(files.begin(), files.end(), by_path);
  std::string manifest; // as `sha256sum -c` reads it
  for (const LayerFile& file : files)
    if (file.is_in_manifest)
      manifest += Digest::of(file.content).hex() + "  " + file.path + "\n";
  files.push_back({std::string(k_manifest_path), std::move(manifest), 0644});
  std::sort(files.begin(), files.end(), by_path);
  return files;
}

Result<void> write_layer(const std::vector<LayerFile>& files, const oci::FileTree& base, std::int64_t mtime_seconds,
                         const std::filesystem::path& target) {
  Folders folders(base);
  std::map<std::string, const LayerFile*> places;
  for (const LayerFile& file : files) {
    KIF_TRY(const std::string folder, folders.place(parent_of(file.path)));
    const auto [place, is_new] = places.emplace(folder + file.path.substr(file.path.rfind('/')), &file);
    if (!is_new && place->second->content != file.content)
      return fail(ErrorCode::unsupported, "cannot put " + place->second->path + " and " + file.path +
                                              " into the image: its links make both of them " + place->first);
  }
  KIF_TRY(const std::string modules_folder, folders.place(std::string(k_modules_folder)));

  KIF_TRY(AtomicFile out, AtomicFile::create(target));
  oci::TarWriter tar([&](std::span<const std::byte> bytes) { return out.write(bytes); });
  // A tar's names are relative. Folders first: whatever order their names have, each stands before what it holds.
  for (const auto& [path, folder] : folders.all()) {
    oci::TarAttributes attributes = folder;
    attributes.name = path.substr(1);
    if (attributes.mtime_seconds == Folders::k_layer_time)
      attributes.mtime_seconds = mtime_seconds;
    KIF_CHECK(tar.add_directory(attributes));
  }
  for (const auto& [path, file] : places)
    KIF_CHECK(tar.add_file({.name = path.substr(1),
                            .mode = file->mode,
                            .uid = file->uid,
                            .gid = file->gid,
                            .mtime_seconds = mtime_seconds},
                           file->content));
  for (const std::string_view link : k_module_links)
    KIF_CHECK(tar.add_symlink({.name = modules_folder.substr(1) + std::string(link.substr(link.rfind('/'))),
                               .mode = 0777,
                               .mtime_seconds = mtime_seconds},
                              std::string(k_module_link_target)));
  KIF_CHECK(tar.finish());
  return out.commit();
}

} // namespace kif::image
