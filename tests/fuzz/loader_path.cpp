// SPDX-License-Identifier: Apache-2.0
// The loader's configuration of an image: /etc/ld.so.conf, a file that it may include, and LD_LIBRARY_PATH; the parts
// are cut by zeros.
#include "image/inspection/loader_path.h"

#include <algorithm>
#include <set>

#include "memory_image.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  std::vector<std::string> parts(1);
  for (const char c : fuzz::text_of(data, size))
    if (c == '\0' && parts.size() < 3)
      parts.emplace_back();
    else
      parts.back() += c;
  parts.resize(3);
  const oci::Image image = fuzz::image_of_tar(fuzz::tar_of({{"etc/ld.so.conf", parts[0]},
                                                            {"etc/ld.so.conf.d/a.conf", parts[1]},
                                                            {"opt/lib/libcrypto.so.3", "x"},
                                                            {"usr/lib/libcrypto.so.3", "y"}}),
                                              {"LD_LIBRARY_PATH=" + parts[2]});
  const auto tree = oci::FileTree::read(image);
  fuzz::demand(tree.has_value(), "the image is read");
  const auto folders = image::loader_folders(image, *tree);
  fuzz::demand_good_error(folders);
  if (!folders)
    return 0;
  fuzz::demand(folders->size() <= 256 + 8, "no more folders than the bound and the built-in ones");
  fuzz::demand(std::ranges::all_of(*folders, [](const std::string& folder) { return folder.starts_with('/'); }),
               "folders are absolute");
  fuzz::demand(std::set(folders->begin(), folders->end()).size() == folders->size(), "each folder is there once");
  fuzz::demand(std::ranges::find(*folders, "/usr/lib") != folders->end(), "the built-in folders are there");
  const auto found = image::find_libraries(*tree, *folders, "libcrypto.so.3");
  fuzz::demand(!found.empty(), "a library in a built-in folder is found, whatever the configuration says");
  // An included file is read as the configuration itself is.
  if (parts[0] == "include ld.so.conf.d/*.conf\n") {
    fuzz::demand(parts[1].find("/opt/lib\n") != 0 || std::ranges::find(*folders, "/opt/lib") != folders->end(),
                 "an included folder is followed");
  }
  return 0;
}
