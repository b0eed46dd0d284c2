// SPDX-License-Identifier: Apache-2.0
// A whole layer, as `kif harden` reads it: the tree, and contents of its files by passes over it. No path or file costs
// more passes than the bound, and what is kept is what is there.
#include <algorithm>

#include "memory_image.h"
#include "layer/file_tree.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const oci::Image image = fuzz::image_of_tar(std::string(fuzz::text_of(data, size)));
  oci::FileTree::Options options;
  options.bounds.max_total_bytes = 1024 * 1024; // sparse files may claim anything
  options.bounds.max_kept_bytes = 64 * 1024;
  options.head_bytes = 4;
  options.mark = [](std::span<const std::byte> head) { return static_cast<std::uint8_t>(head.size()); };
  options.keep = [](std::string_view name, std::uint64_t) { return name.ends_with('k'); };
  const auto tree = oci::FileTree::read(image, options);
  fuzz::demand_good_error(tree);
  if (!tree)
    return 0;
  std::size_t asked = 0;
  for (const oci::FileEntry& entry : tree->entries()) {
    const std::string path = entry.path();
    fuzz::demand(tree->find(path) == &entry, "a path leads to its file");
    fuzz::demand(entry.type != oci::FileType::regular || entry.mark <= std::min<std::uint64_t>(entry.size, 4),
                 "a head is no longer than the file");
    const std::string* const kept = tree->content(entry);
    fuzz::demand(kept == nullptr || kept->size() == entry.size, "a file is kept whole");
    if (entry.type != oci::FileType::regular || ++asked > 12)
      continue;
    const auto content = oci::read_image_file(image, *tree, path, 4096);
    fuzz::demand_good_error(content);
    fuzz::demand(!content || content->size() == entry.size, "a file has the size that the tree says");
    fuzz::demand(!content || kept == nullptr || *kept == *content, "what is kept is what is there");
  }
  for (const unsigned passes : tree->passes())
    fuzz::demand(passes <= options.bounds.max_passes, "no layer is read more often than the bound");
  (void)tree->match("/*/[a-z]*", 10);
  return 0;
}
