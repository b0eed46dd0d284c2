// SPDX-License-Identifier: Apache-2.0
#include "layer/tree_builder.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "base/quote.h"

namespace kif::oci {
namespace {

constexpr std::string_view k_whiteout = ".wh.";
constexpr std::string_view k_opaque = ".wh..wh..opq";
constexpr std::string_view k_aufs_own = ".wh..wh."; // what aufs keeps for itself in the root folder of a layer
constexpr std::size_t k_max_name_bytes = 255;       // Linux's NAME_MAX
constexpr std::size_t k_max_links = 40;             // as many as Linux follows
constexpr std::size_t k_max_known_folders = 256;
constexpr std::size_t k_max_recent_folders = 4;
constexpr std::uint64_t k_steps_per_entry = 50; // on average; real images take about 10. More is made to cost time

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
std::vector<std::string_view> reversed_parts(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".")
      parts.push_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

// The parts of a path below the image's root, whether it begins with a slash or not. ".." takes back the part before
// it, before any link is followed: so Go's filepath.Clean has it in umoci and containers/storage. None where it leads
// out.
std::optional<std::vector<std::string_view>> inside(std::string_view path) {
  std::vector<std::string_view> ahead = reversed_parts(path);
  std::vector<std::string_view> parts;
  for (; !ahead.empty(); ahead.pop_back()) {
    if (ahead.back() != "..")
      parts.push_back(ahead.back());
    else if (parts.empty())
      return std::nullopt;
    else
      parts.pop_back();
  }
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

Result<void> TreeBuilder::count_names(std::size_t bytes) {
  m_name_bytes += bytes;
  if (m_name_bytes > m_bounds.max_name_bytes)
    return fail(ErrorCode::too_large, "cannot unpack " + m_layer_name +
                                          ": its names and link targets are longer than " +
                                          std::to_string(m_bounds.max_name_bytes) + " bytes together");
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
  auto parts = inside(name);
  if (!parts)
    return fail(refuse(name, "leads out of the image"));
  for (const std::string_view part : *parts)
    if (part.size() > k_max_name_bytes)
      return fail(refuse(name, "has a name longer than " + std::to_string(k_max_name_bytes) + " bytes"));
  return *std::move(parts);
}

Result<void> TreeBuilder::check_depth(std::string_view name, const Folder& folder) const {
  if (folder.depth > k_max_depth)
    return fail(ErrorCode::too_large,
                refuse(name, "lies deeper than " + std::to_string(k_max_depth) + " folders").message);
  if (folder.bytes >= m_bounds.max_path_bytes)
    return fail(ErrorCode::too_large,
                refuse(name, "has a longer path than " + std::to_string(m_bounds.max_path_bytes) + " bytes").message);
  return {};
}

std::unique_ptr<TreeBuilder::Node> TreeBuilder::implied_folder() const {
  auto node = std::make_unique<Node>();
  node->inode = std::make_shared<Inode>();
  node->inode->type = FileType::directory;
  node->inode->layer = static_cast<std::uint32_t>(m_layer);
  node->inode->ordinal = std::numeric_limits<std::size_t>::max();
  node->layer = m_layer;
  return node;
}

// Where an entry goes whose folder is written as that of one shortly before. Names that mean more than a file are left
// to the long way.
std::optional<TreeBuilder::Place> TreeBuilder::recent_place(std::string_view name) const {
  if (name.size() > m_bounds.max_path_bytes)
    return std::nullopt;
  if (name.ends_with('/'))
    name.remove_suffix(1);
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos)
    return std::nullopt;
  const std::string_view last = name.substr(slash + 1);
  if (last.empty() || last == "." || last == ".." || last.size() > k_max_name_bytes || last.starts_with(k_whiteout))
    return std::nullopt;
  for (const auto& [written, folder] : m_known.recent)
    if (written == name.substr(0, slash))
      return Place{folder, last};
  return std::nullopt;
}

// `last` is the part of `name` behind the folder.
void TreeBuilder::remember(std::string_view name, std::string_view last, const Folder& folder) {
  const auto bytes = static_cast<std::size_t>(last.data() - name.data());
  if (bytes == 0)
    return;
  std::pair<std::string, Folder> known(name.substr(0, bytes - 1), folder);
  if (m_known.recent.size() < k_max_recent_folders)
    m_known.recent.push_back(std::move(known));
  else
    m_known.recent[m_known.next++ % k_max_recent_folders] = std::move(known);
}

// The folder as it is known, or by walk(). What was found once stays where it is until something is replaced or taken
// away, which forgets it all.
Result<TreeBuilder::Folder> TreeBuilder::resolve_folder(std::string_view name, const Path& path, bool create) {
  std::string key;
  for (const std::string_view part : path)
    (key += part) += '/';
  if (const auto known = m_known.folders.find(key); known != m_known.folders.end())
    return known->second;
  KIF_TRY(const Walked walked, walk(name, path, create));
  if (walked.is_whole) { // what is missing may come, as something else
    if (m_known.folders.size() == k_max_known_folders)
      m_known.folders.clear();
    m_known.folders.emplace(std::move(key), walked.folder);
  }
  return walked.folder;
}

// Where the folder `path` really lies: symlinks followed inside the image, as the kernel would with the image as its
// root; but one that climbs above the root is refused, since no tree of files gives rise to such an entry. What is
// missing is made (`create`), or leaves a path that leads nowhere.
Result<TreeBuilder::Walked> TreeBuilder::walk(std::string_view name, const Path& path, bool create) {
  std::vector<Folder> done = {{m_root.get(), 0, 0}}; // the root in front
  std::size_t known = 0;
  if (!m_known.above.empty()) {
    while (known < path.size() && known < m_known.last.size() && path[known] == m_known.last[known])
      ++known;
    done.assign(m_known.above.begin(), m_known.above.begin() + static_cast<std::ptrdiff_t>(known) + 1);
  }
  Path ahead(path.rbegin(), path.rend() - static_cast<std::ptrdiff_t>(known));
  std::size_t links = 0;
  bool is_whole = true; // every part is there
  while (!ahead.empty()) {
    KIF_CHECK(count_step());
    const std::string_view part = ahead.back();
    ahead.pop_back();
    if (part == "..") {
      if (done.size() == 1)
        return fail(refuse(name, "leads out of the image through a symbolic link"));
      done.pop_back();
      continue;
    }
    Node* const folder = done.back().node;
    Node* child = nullptr;
    if (folder != nullptr) {
      const auto found = folder->children.find(part);
      child = found == folder->children.end() ? nullptr : found->second.get();
    }
    if (child != nullptr && child->inode->type == FileType::symlink) {
      if (++links > k_max_links)
        return fail(refuse(name, "lies behind too many symbolic links"));
      const std::string& target = child->inode->link_target;
      if (target.starts_with('/'))
        done.resize(1);
      for (const std::string_view step : reversed_parts(target))
        ahead.push_back(step);
      continue;
    }
    if (child != nullptr && !child->is_folder() && !create)
      child = nullptr; // umoci whites out what was in a folder that became a file; there is nothing in it
    if (child != nullptr && !child->is_folder())
      return fail(refuse(name, "lies in " + in_quotes(part) + ", which is not a folder"));
    if (part.size() > k_max_name_bytes) // of a link's target; those of the name were looked at
      return fail(refuse(name, "has a name longer than " + std::to_string(k_max_name_bytes) + " bytes"));
    const Folder next{nullptr, done.back().depth + 1, done.back().bytes + part.size() + 1};
    KIF_CHECK(check_depth(name, next));
    if (child == nullptr && create) {
      KIF_CHECK(count_entry());
      KIF_CHECK(count_names(part.size()));
      child = folder->children.emplace(std::string(part), implied_folder()).first->second.get();
    }
    is_whole = is_whole && child != nullptr;
    done.push_back({child, next.depth, next.bytes});
  }
  const Folder found = done.back();
  m_known.above.clear();
  if (is_whole && links == 0) {
    m_known.last.assign(path.begin(), path.end());
    m_known.above = std::move(done);
  }
  return Walked{found, is_whole};
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
  if (hidden == k_opaque.substr(k_whiteout.size())) {
    KIF_TRY(const Folder opaque, resolve_folder(name, folder, false));
    m_known = {};
    if (opaque.node != nullptr)
      prune_children(*opaque.node);
    return {};
  }
  if (hidden.empty() || hidden == "." || hidden == "..")
    return fail(refuse(name, "is a whiteout of no file"));
  KIF_TRY(const Folder parent, resolve_folder(name, folder, false));
  if (parent.node == nullptr)
    return {};
  m_known = {};
  auto& children = parent.node->children;
  if (const auto child = children.find(hidden); child != children.end() && !prune(*child->second))
    children.erase(child);
  return {};
}

Result<std::shared_ptr<TreeBuilder::Inode>> TreeBuilder::link_target(const TarEntry& entry) {
  auto parts = inside(entry.link_target);
  if (!parts)
    return fail(
        refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which leads out of the image"));
  Path path = *std::move(parts);
  if (path.empty())
    return fail(refuse(entry.name, "is a hard link to the root"));
  const std::string_view last = path.back();
  path.pop_back();
  KIF_TRY(const Folder folder, resolve_folder(entry.name, path, false));
  const auto found =
      folder.node == nullptr ? decltype(folder.node->children.find(last))() : folder.node->children.find(last);
  if (folder.node == nullptr || found == folder.node->children.end())
    return fail(
        refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which the image does not hold"));
  const Node& target = *found->second;
  if (target.is_folder())
    return fail(refuse(entry.name, "is a hard link to " + in_quotes(entry.link_target) + ", which is a folder"));
  return target.inode;
}

Result<std::shared_ptr<TreeBuilder::Inode>> TreeBuilder::inode_for(const TarEntry& entry, std::size_t ordinal,
                                                                   std::uint8_t mark) {
  if (entry.type == TarType::hard_link)
    return link_target(entry);
  constexpr std::uint64_t k_no_id = std::numeric_limits<std::uint32_t>::max(); // "leave as it is" for chown(2)
  if (entry.uid >= k_no_id || entry.gid >= k_no_id)
    return fail(refuse(entry.name, "has an owner that Linux cannot have"));
  if (entry.type == TarType::symlink &&
      (entry.link_target.empty() || entry.link_target.size() >= m_bounds.max_path_bytes))
    return fail(refuse(entry.name, "is a symbolic link to nothing, or to too long a path"));
  auto inode = std::make_shared<Inode>();
  inode->type = file_type(entry.type);
  inode->mark = mark;
  inode->size = entry.size;
  inode->mode = entry.mode;
  inode->uid = entry.uid;
  inode->gid = entry.gid;
  inode->mtime_seconds = entry.mtime_seconds;
  inode->mtime_nanoseconds = entry.mtime_nanoseconds;
  if (entry.type == TarType::symlink)
    inode->link_target = entry.link_target;
  inode->capability = entry.capability;
  inode->layer = static_cast<std::uint32_t>(m_layer);
  inode->ordinal = ordinal;
  return inode;
}

Result<void> TreeBuilder::add(const TarEntry& entry, std::size_t ordinal, std::uint8_t mark) {
  KIF_CHECK(count_entry());
  std::optional<Place> place = recent_place(entry.name);
  Path path;
  std::string_view last;
  if (place) {
    last = place->last;
  } else {
    KIF_TRY(path, split(entry.name));
    if (path.empty()) { // "./", or "/" as kaniko writes it: the root folder itself
      if (entry.type != TarType::directory)
        return fail(refuse(entry.name, "has no name"));
      KIF_TRY(m_root->inode, inode_for(entry, ordinal, 0));
      return {};
    }
    if (path.front().starts_with(k_aufs_own) && path.front() != k_opaque)
      return {};
    last = path.back();
    path.pop_back();
    for (const std::string_view part : path) {
      if (part.starts_with(k_whiteout))
        return fail(refuse(entry.name, "lies in a whiteout"));
    }
    if (last.starts_with(k_whiteout))
      return white_out(entry.name, path, last.substr(k_whiteout.size()));
  }

  const bool is_symlink = entry.type == TarType::symlink;
  KIF_CHECK(count_names(last.size() + (is_symlink ? entry.link_target.size() : 0) + entry.capability.size()));
  KIF_TRY(auto inode, inode_for(entry, ordinal, mark));
  if (!place) {
    KIF_TRY(const Folder folder, resolve_folder(entry.name, path, true));
    place = Place{folder, last};
    remember(entry.name, last, folder);
  }
  KIF_CHECK(check_depth(entry.name, {nullptr, place->folder.depth + 1, place->folder.bytes + last.size() + 1}));
  put(*place, std::move(inode));
  return {};
}

void TreeBuilder::put(const Place& place, std::shared_ptr<Inode> inode) {
  auto& children = place.folder.node->children;
  auto found = children.find(place.last);
  if (found == children.end())
    found = children.emplace(std::string(place.last), nullptr).first;
  std::unique_ptr<Node>& node = found->second;
  if (!node || !node->is_folder() || inode->type != FileType::directory) {
    if (node)
      m_known = {};
    node = std::make_unique<Node>(); // a folder over a folder keeps what is in it; all else takes the place of what
                                     // was there
  }
  node->inode = std::move(inode);
  node->layer = m_layer;
}

// Takes the nodes apart as it goes, so that no name is held twice.
MergedTree TreeBuilder::finish() {
  MergedTree tree;
  m_known = {};
  const std::function<std::size_t(const Node&)> count = [&](const Node& node) {
    std::size_t all = 1;
    for (const auto& [name, child] : node.children)
      all += count(*child);
    return all;
  };
  const std::size_t entries = count(*m_root);
  tree.entries.reserve(entries); // entries point to their folders: they must not move
  tree.children_of.reserve(entries);
  tree.children.reserve(entries);
  const std::function<void(std::unique_ptr<Node>, std::string, const FileEntry*)> take =
      [&](std::unique_ptr<Node> node, std::string name, const FileEntry* parent) {
        const std::size_t at = tree.entries.size();
        FileEntry& entry = tree.entries.emplace_back();
        static_cast<FileAttributes&>(entry) =
            node->inode.use_count() == 1 ? std::move(*node->inode) : FileAttributes(*node->inode);
        node->inode.reset();
        entry.name = std::move(name);
        entry.parent = parent;
        const MergedTree::Children range{static_cast<std::uint32_t>(tree.children.size()),
                                         static_cast<std::uint32_t>(node->children.size())};
        tree.children_of.push_back(range);
        tree.children.resize(tree.children.size() + range.count);
        for (std::uint32_t i = 0; !node->children.empty(); ++i) {
          auto child = node->children.extract(node->children.begin());
          tree.children[range.first + i] = static_cast<std::uint32_t>(tree.entries.size());
          take(std::move(child.mapped()), std::move(child.key()), &tree.entries[at]);
        }
      };
  take(std::move(m_root), "", nullptr);
  m_root = implied_folder();
  return tree;
}

} // namespace kif::oci
