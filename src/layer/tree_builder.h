// SPDX-License-Identifier: Apache-2.0
// Lays layers over one another in memory (image-spec, layer.md, "Applying Changesets"). Holds no file and reads none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "layer/file_tree.h"
#include "layer/tar_reader.h"

namespace kif::oci {

/// Folders within folders; more than any real image has. Keeps walks over a hostile tree short and recursion shallow.
inline constexpr std::size_t k_max_depth = 256;

class TreeBuilder {
public:
  explicit TreeBuilder(const Bounds& bounds);

  /// The entries that follow are of the next layer; `name` names it in errors.
  void begin_layer(std::size_t layer, std::string name);
  /// Errors say which entry broke which rule. `mark` is FileAttributes::mark.
  Result<void> add(const TarEntry& entry, std::size_t ordinal, std::uint8_t mark);
  /// The tree; the builder is empty then.
  MergedTree finish();

private:
  using Inode = FileAttributes; // hard links share one
  struct Node {
    std::shared_ptr<Inode> inode;
    std::size_t layer = 0; // that put this name here
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children = {};
    bool is_folder() const { return inode->type == FileType::directory; }
  };
  using Path = std::vector<std::string_view>;
  // Where a folder is without symlinks in its path: its node, null where there is none, how deep it lies, and the bytes
  // of its path.
  struct Folder {
    Node* node = nullptr;
    std::size_t depth = 0;
    std::size_t bytes = 0;
  };
  // Folders that were found or made, so that not every entry walks to its own from the root: most entries lie in the
  // folder of the one before, or close to it.
  struct Known {
    std::unordered_map<std::string, Folder> folders = {}; // by their paths as the layer writes them
    std::vector<std::string> last = {};                   // the parts of the one that was walked to last
    std::vector<Folder> above = {}; // what it leads through, the root first; not through a symlink
    // The last few as the tar writes them, byte for byte: for a deep folder, taking a path apart costs more than all
    // else.
    std::vector<std::pair<std::string, Folder>> recent = {};
    std::size_t next = 0; // of `recent`, to be replaced
  };
  /// An entry's folder and the last part of its name.
  struct Place {
    Folder folder;
    std::string_view last;
  };

  Error refuse(std::string_view name, std::string_view reason) const;
  Result<Path> split(std::string_view name) const;
  Result<void> count_entry();
  Result<void> count_names(std::size_t bytes);
  Result<void> count_step();
  Result<void> check_depth(std::string_view name, const Folder& folder) const;
  std::unique_ptr<Node> implied_folder() const;
  std::optional<Place> recent_place(std::string_view name) const;
  void remember(std::string_view name, std::string_view last, const Folder& folder);
  Result<Folder> resolve_folder(std::string_view name, const Path& path, bool create);
  struct Walked {
    Folder folder;
    bool is_whole; // all that the path leads through is there
  };
  Result<Walked> walk(std::string_view name, const Path& path, bool create);
  void put(const Place& place, std::shared_ptr<Inode> inode);
  Result<void> white_out(std::string_view name, const Path& folder, std::string_view hidden);
  bool prune(Node& node) const;
  void prune_children(Node& node) const;
  Result<std::shared_ptr<Inode>> inode_for(const TarEntry& entry, std::size_t ordinal, std::uint8_t mark);
  Result<std::shared_ptr<Inode>> link_target(const TarEntry& entry);

  Bounds m_bounds;
  std::unique_ptr<Node> m_root;
  Known m_known;
  std::uint64_t m_entries = 0;
  std::uint64_t m_name_bytes = 0;
  std::uint64_t m_steps = 0;
  std::size_t m_layer = 0;
  std::string m_layer_name;
};

} // namespace kif::oci
