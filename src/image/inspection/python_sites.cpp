// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/python_sites.h"

#include <set>
#include <string_view>
#include <utility>

namespace kif::image {
namespace {

constexpr std::string_view k_python = "python3";
// Debian's Pythons of whatever version share this one.
constexpr std::string_view k_debian_site = "/usr/lib/python3/dist-packages";
constexpr std::string_view k_debian_libraries = "/usr/lib/python3.";

// Splits the last part off a path: {"/usr/lib", "python3"}.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// PREFIX/lib/python3.12, PREFIX/lib64/python3.9, PREFIX/lib/python3
bool is_python_library(std::string_view folder) {
  const auto [above, name] = split(folder);
  return name.starts_with(k_python) && (name.size() == k_python.size() || name[k_python.size()] == '.') &&
         split(above).second.starts_with("lib");
}

} // namespace

std::vector<std::string> python_site_folders(const oci::FileTree& tree) {
  std::set<std::string> sites;
  std::set<std::string> libraries; // of Pythons that are there whole
  for (const oci::FileEntry& entry : tree.entries()) {
    const bool is_site =
        entry.type == oci::FileType::directory && (entry.name == "site-packages" || entry.name == "dist-packages");
    const bool is_library = entry.type == oci::FileType::regular && entry.name == "os.py";
    if (!is_site && !is_library)
      continue;
    const std::string path = entry.path();
    const auto [folder, name] = split(path);
    if (is_python_library(folder))
      is_site ? sites.insert(path) : libraries.insert(std::string(folder));
  }
  for (const std::string& library : libraries) {
    const std::string own = library + "/site-packages";
    if (sites.contains(own))
      continue;
    sites.insert(library.starts_with(k_debian_libraries) ? std::string(k_debian_site) : own);
  }
  return {sites.begin(), sites.end()};
}

} // namespace kif::image
