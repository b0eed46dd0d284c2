// SPDX-License-Identifier: Apache-2.0
#include "image/preload.h"

#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_preload_bytes = 64 * 1024;

} // namespace

Result<std::string> read_preload(const oci::Image& image, const oci::FileTree& tree) {
  const oci::FileEntry* entry = tree.resolve(k_preload_path);
  if (entry == nullptr || entry->type != oci::FileType::regular)
    return std::string();
  return oci::read_image_file(image, tree, k_preload_path, k_max_preload_bytes);
}

std::string preload_text(std::string_view preloaded) {
  std::string text = std::string(k_random_path) + "\n" + std::string(preloaded);
  if (!text.ends_with('\n'))
    text += '\n';
  return text;
}

} // namespace kif::image
