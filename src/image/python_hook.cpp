// SPDX-License-Identifier: Apache-2.0
#include "image/python_hook.h"

#include <set>
#include <string_view>

#include "image/python_hook_text.h"

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
    const auto [folder, name] = split(entry.path);
    if (!is_python_library(folder))
      continue;
    if (entry.type == oci::FileType::directory && (name == "site-packages" || name == "dist-packages"))
      sites.insert(entry.path);
    else if (entry.type == oci::FileType::regular && name == "os.py")
      libraries.insert(std::string(folder));
  }
  for (const std::string& library : libraries) {
    const std::string own = library + "/site-packages";
    if (sites.contains(own))
      continue;
    sites.insert(library.starts_with(k_debian_libraries) ? std::string(k_debian_site) : own);
  }
  return {sites.begin(), sites.end()};
}

std::vector<LayerFile> python_hook_files(const oci::FileTree& tree) {
  std::vector<LayerFile> files;
  for (const std::string& site : python_site_folders(tree)) {
    const std::string name = site + "/" + k_python_hook_name;
    files.push_back({name + ".py", std::string(k_python_hook_text), 0644});
    files.push_back({name + ".pth", std::string(k_python_hook_start), 0644});
  }
  return files;
}

} // namespace kif::image
