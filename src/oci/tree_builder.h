// SPDX-License-Identifier: Apache-2.0
// Lays layers over one another in memory (image-spec, layer.md, "Applying Changesets"). Holds no file and reads none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/file_tree.h"
#include "oci/tar_reader.h"

namespace kif::oci {

/// Folders within folders; more than any real image has. Keeps walks over a hostile tree short and recursion shallow.
inline constexpr std::size_t k_max_depth = 256;

class TreeBuilder {
public:
  explicit TreeBuilder(const Bounds& bounds);

  /// The entries that follow are of the next layer; `name` names it in errors.
  void begin_layer(std::size_t layer, std::string name);
  /// Errors say which entry broke which rule.
  Result<void> add(const TarEntry& entry, std::size_t ordinal, std::string head);
  /// The tree, in the order of FileTree::entries().
  std::vector<FileEntry> finish();

private:
  // What hard links share. `entry.path` stays empty until finish().
  struct Inode {
    FileEntry entry;
  };
  struct Node {
    std::shared_ptr<Inode> inode;
    std::size_t layer = 0; // that put this name here
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children = {};
    bool is_folder() const { return inode->entry.type == FileType::directory; }
  };
  using Path = std::vector<std::string>;
  // A folder's path without symlinks, and its node; null where there is none.
  struct Folder {
    Path path;
    Node* node;
  };

  Error refuse(std::string_view name, std::string_view reason) const;
  Result<Path> split(std::string_view name) const;
  Result<void> count_entry();
  Result<void> count_step();
  Result<void> check_depth(std::string_view name, const Path& path) const;
  std::unique_ptr<Node> implied_folder() const;
  Result<Folder> resolve_folder(std::string_view name, const Path& path, bool create);
  Result<void> white_out(std::string_view name, const Path& folder, std::string_view hidden);
  bool prune(Node& node) const;
  void prune_children(Node& node) const;
  Result<std::shared_ptr<Inode>> inode_for(const TarEntry& entry, std::size_t ordinal, std::string head);
  Result<std::shared_ptr<Inode>> link_target(const TarEntry& entry);

  Bounds m_bounds;
  std::unique_ptr<Node> m_root;
  std::uint64_t m_entries = 0;
  std::uint64_t m_steps = 0;
  std::size_t m_layer = 0;
  std::string m_layer_name;
};

} // namespace kif::oci
