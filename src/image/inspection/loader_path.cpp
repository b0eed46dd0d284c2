// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/loader_path.h"

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_config_bytes = 64 * 1024;
constexpr std::size_t k_max_folders = 256;
constexpr std::size_t k_max_patterns = 16;     // of include lines; distributions have one
constexpr std::size_t k_max_includes = 50'000; // files that they name; each is small, and held in memory
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

// The built-in folders count however many the configuration names.
constexpr std::size_t k_no_bound = std::numeric_limits<std::size_t>::max();

void add(std::vector<std::string>& folders, const std::string& folder, std::size_t max = k_max_folders) {
  if (folder.starts_with('/') && folders.size() < max &&
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
    if (entry.starts_with(include) && includes.size() < k_max_patterns)
      includes.push_back(trim(entry.substr(include.size())));
    else if (!entry.starts_with(include) && tree.resolve(entry) != nullptr) // what is not there holds nothing
      add(folders, entry);
  }
  return {};
}

// What `include` lines of /etc/ld.so.conf name, all read in one pass where they are not kept anyway. ldconfig follows
// includes of includes too; no distribution has them.
Result<void> read_includes(const oci::Image& image, const oci::FileTree& tree, const std::vector<std::string>& patterns,
                           std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  std::vector<const oci::FileEntry*> files;
  for (const std::string& pattern : patterns) {
    const std::string absolute = pattern.starts_with('/') ? pattern : "/etc/" + pattern; // relative: Fedora's
    for (const oci::FileEntry* entry : tree.match(absolute, k_max_includes - files.size())) {
      const std::string path = entry->path();
      const oci::FileEntry* file = tree.resolve(path);
      if (file == nullptr || file->type != oci::FileType::regular)
        continue;
      files.push_back(file);
      paths.push_back(path);
    }
  }
  KIF_CHECK(tree.keep(image, files, k_max_config_bytes));
  std::vector<std::string> deeper;
  for (std::size_t i = 0; i < paths.size() && folders.size() < k_max_folders; ++i)
    KIF_CHECK(read_config(image, tree, paths[i], folders, deeper));
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

  const oci::FileEntry* const config = tree.resolve(k_config);
  if (config != nullptr && config->type == oci::FileType::regular) {
    std::vector<std::string> includes;
    KIF_CHECK(read_config(image, tree, k_config, folders, includes));
    KIF_CHECK(read_includes(image, tree, includes, folders));
  }

  const auto triplet = std::find_if(k_triplets.begin(), k_triplets.end(), [&](const Triplet& known) {
    return known.architecture == image.platform().architecture;
  });
  if (triplet != k_triplets.end())
    for (const std::string_view parent : {"/lib/", "/usr/lib/"})
      add(folders, std::string(parent) + std::string(triplet->name), k_no_bound);
  for (const char* folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"})
    add(folders, folder, k_no_bound);
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
