// SPDX-License-Identifier: Apache-2.0
#include "oci/tree_builder.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/quote.h"

namespace kif::oci {
namespace {

constexpr std::string_view k_whiteout = ".wh.";
constexpr std::string_view k_opaque = ".wh..wh..opq";
constexpr std::string_view k_aufs_own = ".wh..wh."; // what aufs keeps for itself in the root folder of a layer
constexpr std::size_t k_max_name_bytes = 255;       // Linux's NAME_MAX
constexpr std::size_t k_max_links = 40;             // as many as Linux follows
constexpr std::uint64_t k_steps_per_entry = 50;     // on average; real images take about 10. More is made to cost time

FileType file_type(TarType type) {
  switch (type) {
  case TarType::symlink:
    return FileType::symlink;
  case TarType::character_device:
    return FileType::character_device;
  case TarType::block_device:
    return FileType::block_device;
  case TarType::directory:
    return FileType::directory;
  case TarType::fifo:
    return FileType::fifo;
  case TarType::regular:
  case TarType::hard_link:
    break;
  }
  return FileType::regular;
}

// The parts of a path, "" and "." left out, in reverse: the next one to be walked is the last.
std::vector<std::string> reversed_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".")
      parts.emplace_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

} // namespace

TreeBuilder::TreeBuilder(const Bounds& bounds) : m_bounds(bounds) {
  m_root = implied_folder();
}

void TreeBuilder::begin_layer(std::size_t layer, std::string name) {
  m_layer = layer;
  m_layer_name = std::move(name);
}

Error TreeBuilder::refuse(std::string_view name, std::string_view reason) const {
  return {ErrorCode::invalid_input,
          "cannot unpack " + m_layer_name + ": entry " + in_quotes(name) + " " + std::string(reason)};
}

Result<void> TreeBuilder::count_entry() {
  if (++m_entries > m_bounds.max_entries)
    return fail(ErrorCode::too_large,
                "cannot unpack " + m_layer_name + ": more than " + std::to_string(m_bounds.max_entries) + " entries");
  return {};
}

Result<void> TreeBuilder::count_step() {
  if (++m_steps / k_steps_per_entry > m_bounds.max_entries)
    return fail(ErrorCode::too_large, "cannot unpack " + m_layer_name + ": its paths lead through too many links");
  return {};
}

Result<TreeBuilder::Path> TreeBuilder::split(std::string_view name) const {
  if (name.size() > m_bounds.max_path_bytes)
    return fail(ErrorCode::too_large,
                refuse(name, "has a longer path than " + std::to_string(m_bounds.max_path_bytes) + " bytes").message);
  Path parts = reversed_parts(name);
  std::reverse(parts.begin(), parts.end());
  for (const std::string& part : parts) {
    if (part == "..")
      return fail(refuse(name, "has \"..\" in its path"));
    if (part.size() > k_max_name_bytes)
      return fail(refuse(name, "has a name longer than " + std::to_string(k_max_name_bytes) + " bytes"));
  }
  return parts;
}

Result<void> TreeBuilder::check_depth(std::string_view name, const Path& path) const {
  std::size_t bytes = 0;
  for (const std::string& part : path)
    bytes += part.size() + 1;
  if (path.size() > k_max_depth)
    return fail(ErrorCode::too_large,
                refuse(name, "lies deeper than " + std::to_string(k_max_depth) + " folders").message);
  if (bytes >= m_bounds.max_path_bytes)
    return fail(ErrorCode::too_large,
                refuse(name, "has a longer path than " + std::to_string(m_bounds.max_path_bytes) + " bytes").message);
  return {};
}

std::unique_ptr<TreeBuilder::Node> TreeBuilder::implied_folder() const {
  auto node = std::make_unique<Node>();
  node->inode = std::make_shared<Inode>();
  node->inode->entry.type = FileType::directory;
  node->inode->entry.layer = m_layer;
  node->inode->entry.ordinal = std::numeric_limits<std::size_t>::max();
  node->layer = m_layer;
  return node;
}

// Where the folder `path` really lies: symlinks followed inside the image, as the kernel would with the image as its
// root; but one that climbs above the root is refused, since no tree of files gives rise to such an entry. What is
// missing is made (`create`), or leaves a path that leads nowhere.
Result<TreeBuilder::Folder> TreeBuilder::resolve_folder(std::string_view name, const Path& path, bool create) {
  std::vector<std::string> ahead(path.rbegin(), path.rend());
  Path done;
  std::vector<Node*> nodes = {m_root.get()}; // of `done`, the root in front
  std::size_t links = 0;
  while (!ahead.empty()) {
    KIF_CHECK(count_step());
    const std::string part = std::move(ahead.back());
    ahead.pop_back();
    if (part == "..") {
      if (done.empty())
        return fail(refuse(name, "leads out of the image through a symbolic link"));
      done.pop_back();
      nodes.pop_back();
      continue;
    }
    Node* const folder = nodes.back();
    Node* child = nullptr;
    if (folder != nullptr) {
      const auto found = folder->children.find(part);
      child = found == folder->children.end() ? nullptr : found->second.get();
    }
    if (child != nullptr && child->inode->entry.type == FileType::symlink) {
      if (++links > k_max_links)
        return fail(refuse(name, "lies behind too many symbolic links"));
      const std::string& target = child->inode->entry.link_target;
      if (target.starts_with('/')) {
        done.clear();
        nodes.resize(1);
      }
      for (std::string& step : reversed_parts(target))
        ahead.push_back(std::move(step));
      continue;
    }
    if (child != nullptr && !child->is_folder() && !create)
      child = nullptr; // umoci whites out what was in a folder that became a file; there is nothing in it
    if (child != nullptr && !child->is_folder())
      return fail(refuse(name, "lies in " + in_quotes(part) + ", which is not a folder"));
    done.push_back(part);
    KIF_CHECK(check_depth(name, done));
    if (child == nullptr && create) {
      KIF_CHECK(count_entry());
      child = folder->children.emplace(part, implied_folder()).first->second.get();
    }
    nodes.push_back(child);
  }
  return Folder{std::move(done), nodes.back()};
}

// Takes away what lower layers put at and below `node`; what this layer put there stays, whatever the order in the tar.
// A lower folder that holds something of this layer stays as one that this layer implies. Gives whether anything stays.
bool TreeBuilder::prune(Node& node) const {
  prune_children(node);
  if (node.layer == m_layer)
    return true;
  if (node.children.empty())
    return false;
  auto children = std::move(node.children);
  node = std::move(*implied_folder());
  node.children = std::move(children);
  return true;
}

void TreeBuilder::prune_children(Node& node) const {
  std::erase_if(node.children, [&](const auto& child) { return !prune(*child.second); });
}

Result<void> TreeBuilder::white_out(std::string_view name, const Path& folder, std::string_view hidden) {
  if (hidden.empty() || hidden == "." || hidden == "..")
    return fail(refuse(name, "is a whiteout of no file"));
  KIF_TRY(const Folder parent, resolve_folder(name, folder, false));
  if (parent.node == nullptr)
    return {};
  auto& children = parent.node->children;
  if (const auto child = children.find(hidden); child != children.end() && !prune(*child->second))
    children.erase(child);
  return {};
}

Result<std::shared_ptr<TreeBuilder::Inode>> TreeBuilder::link_target(const TarEntry& entry) {
  const auto parts = reversed_parts(entry.link_target);
  if (std::find(parts.begin(), parts.end(), "..") != parts.end())
    return fail(
        refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which leads out of the image"));
  Path path(parts.rbegin(), parts.rend());
  if (path.empty())
    return fail(refuse(entry.name, "is a hard link to the root"));
  const std::string last = std::move(path.back());
  path.pop_back();
  KIF_TRY(const Folder folder, resolve_folder(entry.name, path, false));
  if (folder.node == nullptr || !folder.node->children.contains(last))
    return fail(
        refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which the image does not hold"));
  const Node& target = *folder.node->children[last];
  if (target.is_folder())
    return fail(refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which is a folder"));
  return target.inode;
}

Result<std::shared_ptr<TreeBuilder::Inode>> TreeBuilder::inode_for(const TarEntry& entry, std::size_t ordinal,
                                                                   std::string head) {
  if (entry.type == TarType::hard_link)
    return link_target(entry);
  constexpr std::uint64_t k_no_id = std::numeric_limits<std::uint32_t>::max(); // "leave as it is" for chown(2)
  if (entry.uid >= k_no_id || entry.gid >= k_no_id)
    return fail(refuse(entry.name, "has an owner that Linux cannot have"));
  if (entry.type == TarType::symlink &&
      (entry.link_target.empty() || entry.link_target.size() >= m_bounds.max_path_bytes))
    return fail(refuse(entry.name, "is a symbolic link to nothing, or to too long a path"));
  auto inode = std::make_shared<Inode>();
  FileEntry& file = inode->entry;
  file.type = file_type(entry.type);
  file.size = entry.size;
  file.mode = entry.mode;
  file.uid = entry.uid;
  file.gid = entry.gid;
  file.mtime_seconds = entry.mtime_seconds;
  file.mtime_nanoseconds = entry.mtime_nanoseconds;
  if (entry.type == TarType::symlink)
    file.link_target = entry.link_target;
  file.capability = entry.capability;
  file.layer = m_layer;
  file.ordinal = ordinal;
  file.head = std::move(head);
  return inode;
}

Result<void> TreeBuilder::add(const TarEntry& entry, std::size_t ordinal, std::string head) {
  KIF_CHECK(count_entry());
  KIF_TRY(Path path, split(entry.name));
  if (path.empty()) { // "./", or "/" as kaniko writes it: the root folder itself
    if (entry.type != TarType::directory)
      return fail(refuse(entry.name, "has no name"));
    KIF_TRY(m_root->inode, inode_for(entry, ordinal, {}));
    return {};
  }
  if (entry.name.starts_with('/'))
    return fail(refuse(entry.name, "has an absolute path"));
  if (path.front().starts_with(k_aufs_own) && path.front() != k_opaque)
    return {};
  const std::string last = std::move(path.back());
  path.pop_back();
  for (const std::string& part : path) {
    if (part.starts_with(k_whiteout))
      return fail(refuse(entry.name, "lies in a whiteout"));
  }
  if (last == k_opaque) {
    KIF_TRY(const Folder folder, resolve_folder(entry.name, path, false));
    if (folder.node != nullptr)
      prune_children(*folder.node);
    return {};
  }
  if (last.starts_with(k_whiteout))
    return white_out(entry.name, path, std::string_view(last).substr(k_whiteout.size()));

  KIF_TRY(auto inode, inode_for(entry, ordinal, std::move(head)));
  KIF_TRY(Folder folder, resolve_folder(entry.name, path, true));
  folder.path.push_back(last);
  KIF_CHECK(check_depth(entry.name, folder.path));
  std::unique_ptr<Node>& place = folder.node->children[last];
  if (!place || !place->is_folder() || inode->entry.type != FileType::directory)
    place = std::make_unique<Node>(); // a folder over a folder keeps what is in it; all else takes the place of what
                                      // was there
  place->inode = std::move(inode);
  place->layer = m_layer;
  return {};
}

std::vector<FileEntry> TreeBuilder::finish() {
  std::vector<FileEntry> entries;
  const std::function<void(const Node&, const std::string&)> walk = [&](const Node& node, const std::string& path) {
    entries.push_back(node.inode->entry);
    entries.back().path = path.empty() ? "/" : path;
    for (const auto& [name, child] : node.children)
      walk(*child, path + "/" + name);
  };
  walk(*m_root, "");
  return entries;
}

} // namespace kif::oci
