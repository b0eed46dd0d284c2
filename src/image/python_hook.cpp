// SPDX-License-Identifier: Apache-2.0
#include "image/python_hook.h"

#include "image/inspection/python_sites.h"
#include "image/python_hook_text.h"

namespace kif::image {
namespace {

constexpr std::size_t k_max_sites = 256; // virtual environments are some; a thousand would be a layer of its own

} // namespace

std::vector<LayerFile> python_hook_files(const oci::FileTree& tree, std::vector<std::string>& warnings) {
  std::vector<LayerFile> files;
  std::size_t served = 0;
  for (const std::string& site : python_site_folders(tree)) {
    if (served++ == k_max_sites) {
      warnings.push_back("only " + std::to_string(k_max_sites) + " folders of Python's modules are served; " + site +
                         " is one that is not");
      break;
    }
    const std::string name = site + "/" + k_python_hook_name;
    files.push_back({name + ".py", std::string(k_python_hook_text), 0644});
    files.push_back({name + ".pth", std::string(k_python_hook_start), 0644});
  }
  return files;
}

} // namespace kif::image
