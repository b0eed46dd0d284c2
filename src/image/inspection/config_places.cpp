// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/config_places.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "image/inspection/conf_text.h"
#include "image/inspection/layer_paths.h"
#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

constexpr std::string_view k_folder_text = "OPENSSLDIR: \"";
constexpr std::string_view k_certificate_file = "/cert.pem";
constexpr std::size_t k_max_folder_bytes = 200;
constexpr std::size_t k_max_folders_of_file = 4;
constexpr std::size_t k_max_copies = 32;
constexpr std::size_t k_max_links = 40;
constexpr std::string_view k_file_name = "/openssl.cnf";
constexpr std::string_view k_file_ending = ".cnf";

// What reads the section alg_section, in every libcrypto from 3.0 on and in none before (crypto/evp/evp_cnfg.c).
constexpr std::string_view k_text_of_3 = "default_properties";

// Mounted by the kernel, an engine or a user, or everybody's to write to; and the layer's own.
constexpr std::array<std::string_view, 10> k_no_places = {
    "/dev", "/etc/kif", "/proc", "/run", "/sys", "/tmp", "/usr/lib/kif", "/usr/share/kif", "/var/run", "/var/tmp"};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._+-@~=").find(c) != std::string_view::npos;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_place(std::string_view path) {
  return std::none_of(k_no_places.begin(), k_no_places.end(),
                      [&](std::string_view folder) { return is_below(path, folder); });
}

bool is_sane(std::string_view folder) {
  const std::string bounded = std::string(folder) + "/";
  return folder.size() > 1 && folder.size() <= k_max_folder_bytes && folder.front() == '/' &&
         std::all_of(folder.begin(), folder.end(), is_plain) && bounded.find("//") == std::string::npos &&
         bounded.find("/./") == std::string::npos && bounded.find("/../") == std::string::npos && is_place(folder);
}

void add(std::vector<std::string>& folders, std::string_view folder) {
  if (is_sane(folder) && folders.size() < k_max_folders_of_file &&
      std::find(folders.begin(), folders.end(), folder) == folders.end())
    folders.emplace_back(folder);
}

std::string parent_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
}

// Where the layer must put a file so that `path` is it: links are followed, the last one too, and also where they lead
// to nothing yet. None where that is nowhere.
std::optional<std::string> landing(const oci::FileTree& base, std::string path) {
  for (std::size_t links = 0; links < k_max_links; ++links) {
    const oci::FileEntry* entry = base.find(path);
    if (entry == nullptr)
      break;
    if (entry->type == oci::FileType::regular)
      return entry->path();
    if (entry->type != oci::FileType::symlink)
      return std::nullopt;
    path =
        entry->link_target.starts_with('/') ? entry->link_target : parent_of(entry->path()) + "/" + entry->link_target;
  }
  if (base.find(path) != nullptr)
    return std::nullopt;
  // Of the folders above it, those that are there are followed; the others will be made.
  std::string missing;
  while (path.size() > 1) {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = std::string_view(path).substr(slash + 1);
    if (part == "..")
      return std::nullopt;
    if (!part.empty() && part != ".")
      missing = "/" + std::string(part) + missing;
    path.resize(std::max<std::size_t>(slash, 1));
    if (base.find(path) == nullptr)
      continue;
    const oci::FileEntry* folder = base.resolve(path);
    if (folder == nullptr || folder->type != oci::FileType::directory)
      return std::nullopt;
    return (folder->parent == nullptr ? "" : folder->path()) + missing;
  }
  return std::nullopt;
}

// The layer's file takes the place of what is there: no link of the image's may make that its passwd.
bool is_fit(const std::string& path) {
  return path.ends_with(k_file_ending) && path.size() <= k_max_folder_bytes + k_file_name.size() && is_place(path) &&
         std::all_of(path.begin(), path.end(), is_plain);
}

Result<OwnSections> read_own(const oci::Image& image, const oci::FileTree& base, const std::string& path,
                             std::string_view layer_config, std::vector<std::string>& warnings) {
  if (base.find(path) == nullptr)
    return OwnSections();
  const auto left_out = [&](const Error& error) {
    warnings.push_back("none of the image's own OpenSSL sections are kept: " + error.message);
    return OwnSections();
  };
  const auto text = oci::read_image_file(image, base, path, k_max_conf_bytes);
  if (!text)
    return text.error().code == ErrorCode::too_large ? Result<OwnSections>(left_out(text.error())) : fail(text.error());
  auto own = keep_own_sections(*text, path, layer_config);
  if (!own)
    return left_out(own.error());
  if (own->has_unknown)
    warnings.push_back(path + ": lines that stand on variables of the environment or on included files are not kept");
  return own;
}

} // namespace

std::vector<std::string> openssl_folders_in(std::span<const std::byte> content) {
  std::vector<std::string> folders;
  if (!has_c_string(content, k_text_of_3))
    return folders;
  for (const std::string_view run : strings_with(content, k_folder_text)) {
    const std::string_view rest = run.substr(run.find(k_folder_text) + k_folder_text.size());
    if (const std::size_t end = rest.find('"'); end != std::string_view::npos)
      add(folders, rest.substr(0, end));
  }
  if (!folders.empty())
    return folders;
  // A program that OpenSSL is linked into may have dropped that text. The folder stays: x509_def.c has it alone, with
  // "/certs", and with "/cert.pem".
  for (const std::string_view run : strings_with(content, k_certificate_file))
    if (run.ends_with(k_certificate_file)) {
      const std::string folder(run.substr(0, run.size() - k_certificate_file.size()));
      if (has_c_string(content, folder) && has_c_string(content, folder + "/certs"))
        add(folders, folder);
    }
  return folders;
}

Result<ConfigPlaces> find_config_places(const oci::Image& image, const oci::FileTree& base,
                                        const std::vector<OpensslFolder>& folders, std::string_view layer_config) {
  ConfigPlaces places;
  std::set<std::string_view> seen;
  std::optional<std::string> first;
  for (const OpensslFolder& folder : folders) {
    const bool is_first = seen.empty();
    if (!seen.insert(folder.path).second)
      continue;
    const std::string wanted = folder.path + std::string(k_file_name);
    const auto path = places.copies.size() == k_max_copies ? std::nullopt : landing(base, wanted);
    if (path == k_config_path) // a link of the image leads to the layer's own file
      continue;
    if (!path || !is_fit(*path)) {
      places.not_reached.push_back(folder.file + " looks for its configuration in " + wanted +
                                   ", where the layer cannot put one: without OPENSSL_CONF it runs without FIPS");
      continue;
    }
    if (is_first)
      first = path;
    const auto is_there = [&](const ConfigPlaces::Copy& copy) { return copy.path == *path; };
    if (std::none_of(places.copies.begin(), places.copies.end(), is_there))
      places.copies.push_back({*path, {}});
  }
  std::vector<const oci::FileEntry*> there;
  for (const ConfigPlaces::Copy& copy : places.copies)
    if (const oci::FileEntry* file = base.find(copy.path))
      there.push_back(file);
  KIF_CHECK(base.keep(image, there, k_max_conf_bytes)); // in one pass
  for (ConfigPlaces::Copy& copy : places.copies) {
    KIF_TRY(copy.own, read_own(image, base, copy.path, layer_config, places.warnings));
    if (copy.path == first)
      places.main = copy.own;
  }
  std::sort(places.copies.begin(), places.copies.end(),
            [](const ConfigPlaces::Copy& a, const ConfigPlaces::Copy& b) { return a.path < b.path; });
  return places;
}

} // namespace kif::image
