// SPDX-License-Identifier: Apache-2.0
#include "image/loader_path.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <fnmatch.h>

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_config_bytes = 64 * 1024;
constexpr std::size_t k_max_folders = 256;
constexpr std::string_view k_config = "/etc/ld.so.conf";
constexpr std::string_view k_environment = "LD_LIBRARY_PATH=";

struct Triplet {
  std::string_view architecture; ///< as OCI names it
  std::string_view name;         ///< of Debian's folder for it
};

constexpr std::array k_triplets = {Triplet{"amd64", "x86_64-linux-gnu"}, Triplet{"arm64", "aarch64-linux-gnu"},
                                   Triplet{"ppc64le", "powerpc64le-linux-gnu"}, Triplet{"riscv64", "riscv64-linux-gnu"},
                                   Triplet{"s390x", "s390x-linux-gnu"}};

std::string trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos)
    return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

void add(std::vector<std::string>& folders, const std::string& folder) {
  if (folder.starts_with('/') && folders.size() < k_max_folders &&
      std::find(folders.begin(), folders.end(), folder) == folders.end())
    folders.push_back(folder);
}

// One file of ld.so.conf's format: a folder a line, "#" comments. Its `include` lines go to `includes`.
Result<void> read_config(const oci::Image& image, const oci::FileTree& tree, std::string_view path,
                         std::vector<std::string>& folders, std::vector<std::string>& includes) {
  KIF_TRY(const std::string text, oci::read_image_file(image, tree, path, k_max_config_bytes));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string entry = trim(line.substr(0, line.find('#')));
    constexpr std::string_view include = "include ";
    if (entry.starts_with(include))
      includes.push_back(trim(entry.substr(include.size())));
    else
      add(folders, entry);
  }
  return {};
}

} // namespace

Result<std::vector<std::string>> loader_folders(const oci::Image& image, const oci::FileTree& tree) {
  std::vector<std::string> folders;
  for (const std::string& variable : image.config().environment)
    if (variable.starts_with(k_environment)) {
      std::istringstream list(variable.substr(k_environment.size()));
      for (std::string folder; std::getline(list, folder, ':');)
        add(folders, folder);
    }

  const auto is_file = [](const oci::FileEntry* entry) {
    return entry != nullptr && entry->type == oci::FileType::regular;
  };
  if (is_file(tree.resolve(k_config))) {
    std::vector<std::string> includes;
    KIF_CHECK(read_config(image, tree, k_config, folders, includes));
    std::vector<std::string> deeper; // ldconfig follows includes of includes; no distribution has them
    for (const oci::FileEntry& entry : tree.entries())
      for (const std::string& pattern : includes)
        if (::fnmatch(pattern.c_str(), entry.path.c_str(), FNM_PATHNAME) == 0 && is_file(tree.resolve(entry.path)) &&
            folders.size() < k_max_folders)
          KIF_CHECK(read_config(image, tree, entry.path, folders, deeper));
  }

  const auto triplet = std::find_if(k_triplets.begin(), k_triplets.end(), [&](const Triplet& known) {
    return known.architecture == image.platform().architecture;
  });
  if (triplet != k_triplets.end())
    for (const std::string_view parent : {"/lib/", "/usr/lib/"})
      add(folders, std::string(parent) + std::string(triplet->name));
  for (const char* folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"})
    add(folders, folder);
  return folders;
}

std::vector<const oci::FileEntry*> find_libraries(const oci::FileTree& tree, const std::vector<std::string>& folders,
                                                  std::string_view name) {
  std::vector<const oci::FileEntry*> found;
  for (const std::string& folder : folders) {
    const oci::FileEntry* entry = tree.resolve(folder + "/" + std::string(name));
    if (entry != nullptr && entry->type == oci::FileType::regular &&
        std::find(found.begin(), found.end(), entry) == found.end())
      found.push_back(entry);
  }
  return found;
}

} // namespace kif::image
