// SPDX-License-Identifier: Apache-2.0
// Layers over one another, as entries with names that a hostile image would choose. Whatever they are, the tree is
// well-formed; and written as one layer in its own order it is the same tree.
#include "layer/tree_builder.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "target.h"

namespace {

using namespace kif;

std::string some_path(FuzzedDataProvider& data) {
  static constexpr const char* const k_parts[] = {"a",     "b", "c",     "d",     "..",           ".",   "",
                                                  ".wh.a", "/", ".wh.b", ".wh..", ".wh..wh..opq", "usr", "\xff"};
  std::string path;
  const int parts = data.ConsumeIntegralInRange(0, 5);
  for (int i = 0; i < parts; ++i)
    path += (i == 0 ? "" : "/") + std::string(data.PickValueInArray(k_parts));
  return data.ConsumeIntegralInRange(0, 15) == 0 ? data.ConsumeRandomLengthString(300) : path;
}

oci::TarEntry some_entry(FuzzedDataProvider& data) {
  using enum oci::TarType;
  oci::TarEntry entry;
  entry.name = some_path(data);
  entry.type = data.PickValueInArray({regular, directory, symlink, hard_link, fifo, directory, symlink});
  entry.mode = data.ConsumeIntegralInRange(0U, 07777U);
  entry.size = entry.type == regular ? data.ConsumeIntegralInRange(0, 100) : 0;
  if (entry.type == symlink || entry.type == hard_link)
    entry.link_target = some_path(data);
  return entry;
}

oci::TarType tar_type(oci::FileType type) {
  switch (type) {
  case oci::FileType::directory:
    return oci::TarType::directory;
  case oci::FileType::symlink:
    return oci::TarType::symlink;
  case oci::FileType::fifo:
    return oci::TarType::fifo;
  case oci::FileType::character_device:
    return oci::TarType::character_device;
  case oci::FileType::block_device:
    return oci::TarType::block_device;
  case oci::FileType::regular:
    break;
  }
  return oci::TarType::regular;
}

void demand_well_formed(const oci::MergedTree& tree) {
  fuzz::demand(!tree.entries.empty() && tree.entries.front().parent == nullptr &&
                   tree.entries.front().type == oci::FileType::directory,
               "the root comes first, and is a folder");
  std::set<std::string> paths;
  std::set<const oci::FileEntry*> seen;
  for (const oci::FileEntry& entry : tree.entries) {
    seen.insert(&entry);
    fuzz::demand(paths.insert(entry.path()).second, "each path is there once");
    if (entry.parent == nullptr)
      continue;
    fuzz::demand(seen.contains(entry.parent) && entry.parent->type == oci::FileType::directory,
                 "a folder comes before what it holds");
    fuzz::demand(!entry.name.empty() && entry.name != "." && entry.name != ".." &&
                     entry.name.find('/') == std::string::npos && entry.name.size() <= 255,
                 "a name is a name");
    fuzz::demand(!entry.name.starts_with(".wh.") || entry.type == oci::FileType::directory, "a whiteout is no file");
  }
  fuzz::demand(tree.entries.size() == 1 + tree.children.size(), "all but the root are somebody's children");
}

// Files with the same layer and ordinal are hard links: the first path of each.
std::map<std::string, std::string> first_links(const oci::MergedTree& tree) {
  std::map<std::pair<std::uint32_t, std::size_t>, std::string> first;
  std::map<std::string, std::string> links;
  for (const oci::FileEntry& entry : tree.entries)
    if (entry.type != oci::FileType::directory)
      links[entry.path()] = first.emplace(std::pair(entry.layer, entry.ordinal), entry.path()).first->second;
  return links;
}

oci::MergedTree flattened(const oci::MergedTree& tree) {
  oci::TreeBuilder builder{oci::Bounds{}};
  builder.begin_layer(0, "the layer");
  const auto links = first_links(tree);
  std::size_t ordinal = 0;
  for (const oci::FileEntry& entry : tree.entries) {
    const std::string path = entry.path();
    oci::TarEntry written;
    written.name = "." + path;
    written.type = tar_type(entry.type);
    written.mode = entry.mode;
    written.size = entry.size;
    written.link_target = entry.link_target;
    if (const auto first = links.find(path); first != links.end() && first->second != path) {
      written.type = oci::TarType::hard_link;
      written.link_target = "." + first->second;
      written.size = 0;
    }
    fuzz::demand(builder.add(written, ordinal++, 0).has_value(), "a tree that was read can be written");
  }
  return builder.finish();
}

void demand_same(const oci::MergedTree& a, const oci::MergedTree& b) {
  fuzz::demand(a.entries.size() == b.entries.size(), "the same number of files");
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    const oci::FileEntry& one = a.entries[i];
    const oci::FileEntry& other = b.entries[i];
    fuzz::demand(one.path() == other.path() && one.type == other.type && one.size == other.size &&
                     one.link_target == other.link_target,
                 "the same file");
    fuzz::demand(one.mode == other.mode, "the same mode");
  }
  fuzz::demand(first_links(a) == first_links(b), "the same hard links");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  oci::TreeBuilder builder{oci::Bounds{}};
  std::size_t added = 0;
  for (std::size_t layer = 0; layer < 4 && data.remaining_bytes() > 0; ++layer) {
    builder.begin_layer(layer, "layer " + std::to_string(layer + 1));
    const int count = data.ConsumeIntegralInRange(0, 40);
    for (int i = 0; i < count && data.remaining_bytes() > 0; ++i) {
      const auto done = builder.add(some_entry(data), added++, 0);
      fuzz::demand_good_error(done); // an image is refused whole; here what was there before goes on
    }
  }
  const oci::MergedTree tree = builder.finish();
  demand_well_formed(tree);
  // A path may lead through a folder of such a name, as umoci takes it; alone it is a whiteout.
  if (std::ranges::none_of(tree.entries, [](const oci::FileEntry& entry) { return entry.name.starts_with(".wh."); }))
    demand_same(tree, flattened(tree));
  return 0;
}
