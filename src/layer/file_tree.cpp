// SPDX-License-Identifier: Apache-2.0
#include "layer/file_tree.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/quote.h"
#include "layer/glob.h"
#include "layer/layer_pass.h"
#include "layer/tree_builder.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_links = 40;   // as many as Linux follows
constexpr std::size_t k_max_steps = 8192; // of one walk; 40 links of 4,096 bytes could ask for 80,000
constexpr std::uint64_t k_kept_overhead = 128;

Result<std::size_t> read_head(Reader& reader, std::span<std::byte> head) {
  std::size_t filled = 0;
  while (filled < head.size()) {
    KIF_TRY(const std::size_t count, reader.read(head.subspan(filled)));
    if (count == 0)
      break;
    filled += count;
  }
  return filled;
}

// A file's content, of which `head` was read already.
Result<std::string> read_content(std::span<const std::byte> head, Reader& rest, std::uint64_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  const auto bytes = std::as_writable_bytes(std::span(text));
  const std::size_t there = std::min(head.size(), bytes.size());
  std::copy_n(head.begin(), there, bytes.begin());
  KIF_CHECK(read_head(rest, bytes.subspan(there)));
  return text;
}

struct ContentId {
  std::size_t layer;
  std::size_t ordinal;
  friend bool operator==(const ContentId&, const ContentId&) = default;
};

struct HashOfId {
  std::size_t operator()(const ContentId& id) const noexcept {
    return std::hash<std::size_t>()(id.ordinal * 1031 + id.layer);
  }
};

} // namespace

std::string FileEntry::path() const {
  if (parent == nullptr)
    return "/";
  std::size_t bytes = 0;
  for (const FileEntry* entry = this; entry->parent != nullptr; entry = entry->parent)
    bytes += entry->name.size() + 1;
  std::string text(bytes, '/');
  for (const FileEntry* entry = this; entry->parent != nullptr; entry = entry->parent) {
    bytes -= entry->name.size();
    text.replace(bytes, entry->name.size(), entry->name);
    --bytes;
  }
  return text;
}

struct FileTree::Content {
  MergedTree tree;
  Bounds bounds;
  std::vector<unsigned> passes = {};
  std::unordered_map<ContentId, std::string, HashOfId> kept = {};
  std::uint64_t kept_bytes = 0;

  bool has_room_for(std::uint64_t size, std::uint64_t max_bytes) const {
    return size + k_kept_overhead <= max_bytes - std::min(kept_bytes, max_bytes);
  }
  void keep(const ContentId& id, std::string text) {
    kept_bytes += text.size() + k_kept_overhead;
    kept.insert_or_assign(id, std::move(text));
  }

  Result<void> count_pass(const LayerStack& image, std::size_t layer) {
    if (++passes.at(layer) > bounds.max_passes)
      return fail(ErrorCode::too_large, "cannot read " + image.layer_name(layer) + ": it would be unpacked more than " +
                                            std::to_string(bounds.max_passes) + " times");
    return {};
  }

  const FileEntry* child(const FileEntry* folder, std::string_view name) const {
    const auto [first, count] = tree.children_of[static_cast<std::size_t>(folder - tree.entries.data())];
    const auto begin = tree.children.begin() + first;
    const auto found = std::lower_bound(begin, begin + count, name, [&](std::uint32_t at, std::string_view wanted) {
      return tree.entries[at].name < wanted;
    });
    return found != begin + count && tree.entries[*found].name == name ? &tree.entries[*found] : nullptr;
  }

  // As the kernel resolves a path in a process whose root is the image.
  const FileEntry* walk(std::string_view path, bool follow_last) const {
    std::vector<std::string_view> ahead; // in reverse: parts of the path and of link targets, which stay where they are
    const auto push = [&](std::string_view text) {
      const std::size_t before = ahead.size();
      for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        if (const std::string_view part = text.substr(begin, end - begin); !part.empty() && part != ".")
          ahead.push_back(part);
        begin = end + 1;
      }
      std::reverse(ahead.begin() + static_cast<std::ptrdiff_t>(before), ahead.end());
    };
    push(path);
    const FileEntry* const root = tree.entries.data();
    const FileEntry* entry = root;
    std::size_t links = 0;
    for (std::size_t steps = 0; !ahead.empty(); ++steps) {
      if (steps == k_max_steps)
        return nullptr;
      const std::string_view part = ahead.back();
      ahead.pop_back();
      if (part == "..") {
        entry = entry->parent == nullptr ? root : entry->parent;
        continue;
      }
      if (entry->type != FileType::directory)
        return nullptr;
      const FileEntry* const next = child(entry, part);
      if (next == nullptr)
        return nullptr;
      if (next->type == FileType::symlink && (follow_last || !ahead.empty())) {
        if (++links > k_max_links)
          return nullptr;
        if (next->link_target.starts_with('/'))
          entry = root;
        push(next->link_target);
        continue;
      }
      entry = next;
    }
    return entry;
  }

  void match(const FileEntry& folder, std::string_view pattern, std::size_t max,
             std::vector<const FileEntry*>& found) const {
    while (pattern.starts_with('/'))
      pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view part = pattern.substr(0, end);
    const std::string_view rest = pattern.substr(end);
    if (part.empty())
      return;
    const auto try_child = [&](const FileEntry& entry) {
      if (rest.empty())
        found.push_back(&entry);
      else if (entry.type == FileType::directory)
        match(entry, rest, max, found);
    };
    if (!is_glob(part)) {
      const FileEntry* entry = child(&folder, part);
      if (entry != nullptr && entry->type == FileType::symlink && !rest.empty())
        entry = walk(entry->path(), true);
      if (entry != nullptr)
        try_child(*entry);
      return;
    }
    const auto [first, count] = tree.children_of[static_cast<std::size_t>(&folder - tree.entries.data())];
    for (std::size_t i = first; i < first + count && found.size() < max; ++i)
      if (const FileEntry& entry = tree.entries[tree.children[i]]; matches_glob(entry.name, part))
        try_child(entry);
  }
};

FileTree::FileTree(std::unique_ptr<Content> content) : m_content(std::move(content)) {}
FileTree::FileTree(FileTree&&) noexcept = default;
FileTree& FileTree::operator=(FileTree&&) noexcept = default;
FileTree::~FileTree() = default;

// A tree while its layers pass by.
struct FileTree::Growing {
  Growing(const LayerStack& image, const Options& options)
      : builder(options.bounds), content(std::make_unique<Content>(Content{.tree = {}, .bounds = options.bounds})) {
    content->passes.resize(image.layer_count());
  }

  void begin_layer(const LayerStack& image, std::size_t number) {
    layer = number;
    builder.begin_layer(number, image.layer_name(number));
    ++content->passes.at(number);
  }
  Result<void> add(const TarEntry& entry, std::size_t ordinal, std::uint8_t mark, const std::string* kept) {
    if (kept != nullptr)
      content->keep({layer, ordinal}, *kept);
    return builder.add(entry, ordinal, mark);
  }
  FileTree finish() {
    content->tree = builder.finish();
    return FileTree(std::move(content));
  }

  TreeBuilder builder;
  std::unique_ptr<Content> content;
  std::size_t layer = 0;
};

// Gives each layer's entries to the trees that are asked for with its number.
Result<void> FileTree::grow(const LayerStack& image, const Options& options,
                            const std::function<std::vector<Growing*>(std::size_t layer)>& trees_of) {
  std::uint64_t bytes_left = options.bounds.max_total_bytes;
  std::vector<std::byte> head(options.head_bytes);
  for (std::size_t layer = 0; layer < image.layer_count(); ++layer) {
    const std::vector<Growing*> trees = trees_of(layer);
    const auto take = [&](TarEntry& entry, std::size_t ordinal, Reader& reader) -> Result<void> {
      std::uint8_t mark = 0;
      std::optional<std::string> kept;
      if (entry.type == TarType::regular) {
        std::span<const std::byte> start;
        if (options.mark) {
          KIF_TRY(const std::size_t count, read_head(reader, head));
          start = std::span(head).first(count);
          mark = options.mark(start);
        }
        const auto has_room = [&](const Growing* tree) {
          return tree->content->has_room_for(entry.size, options.bounds.max_kept_bytes / 2);
        };
        if (options.keep && std::all_of(trees.begin(), trees.end(), has_room) && options.keep(entry.name, entry.size)) {
          KIF_TRY(kept, read_content(start, reader, entry.size));
        }
      }
      for (Growing* tree : trees)
        KIF_CHECK(tree->add(entry, ordinal, mark, kept ? &*kept : nullptr));
      return {};
    };
    KIF_CHECK(for_each_entry(image, layer, options.bounds, bytes_left, take));
  }
  return {};
}

Result<FileTree> FileTree::read(const LayerStack& image, const Options& options) {
  Growing tree(image, options);
  KIF_CHECK(grow(image, options, [&](std::size_t layer) {
    tree.begin_layer(image, layer);
    return std::vector<Growing*>{&tree};
  }));
  return tree.finish();
}

Result<FileTree::Pair> FileTree::read_with_and_without(const LayerStack& image, std::size_t left_out,
                                                       const LayerStack& rest_image, const Options& options) {
  Growing whole(image, options);
  Growing rest(rest_image, options);
  KIF_CHECK(grow(image, options, [&](std::size_t layer) {
    whole.begin_layer(image, layer);
    if (layer == left_out)
      return std::vector<Growing*>{&whole};
    rest.begin_layer(rest_image, layer > left_out ? layer - 1 : layer);
    return std::vector<Growing*>{&whole, &rest};
  }));
  return Pair{whole.finish(), rest.finish()};
}

const std::vector<FileEntry>& FileTree::entries() const noexcept {
  return m_content->tree.entries;
}
const Bounds& FileTree::bounds() const noexcept {
  return m_content->bounds;
}
const FileEntry* FileTree::find(std::string_view path) const {
  return m_content->walk(path, false);
}
const FileEntry* FileTree::resolve(std::string_view path) const {
  return m_content->walk(path, true);
}
std::vector<const FileEntry*> FileTree::match(std::string_view pattern, std::size_t max) const {
  std::vector<const FileEntry*> found;
  if (pattern.starts_with('/') && pattern.size() < m_content->bounds.max_path_bytes)
    m_content->match(entries().front(), pattern, max, found);
  return found;
}
const std::vector<unsigned>& FileTree::passes() const noexcept {
  return m_content->passes;
}

const std::string* FileTree::content(const FileEntry& entry) const {
  if (entry.type != FileType::regular)
    return nullptr;
  const auto found = m_content->kept.find({entry.layer, entry.ordinal});
  return found == m_content->kept.end() ? nullptr : &found->second;
}

Result<void> FileTree::keep(const LayerStack& image, const std::vector<const FileEntry*>& files,
                            std::uint64_t max_bytes) const {
  std::unordered_set<const FileEntry*> missing;
  for (const FileEntry* file : files)
    if (file->type == FileType::regular && file->size <= max_bytes && content(*file) == nullptr)
      missing.insert(file);
  if (missing.empty())
    return {};
  // Not into the store at once: what was read counts only when the layer's digests were verified.
  std::vector<std::pair<ContentId, std::string>> read;
  std::uint64_t bytes = 0;
  KIF_CHECK(visit_files(
      image, *this, [&](const FileEntry& entry) { return missing.contains(&entry); },
      [&](const FileEntry& entry, Reader& reader) -> Result<void> {
        bytes += entry.size + k_kept_overhead;
        if (!m_content->has_room_for(bytes, bounds().max_kept_bytes))
          return fail(ErrorCode::too_large, "cannot read " + shortened(entry.path()) + " in " + image.stack_name() +
                                                ": the files to be looked at are larger than the bound of " +
                                                std::to_string(bounds().max_kept_bytes) + " bytes together");
        KIF_TRY(std::string text, read_content({}, reader, entry.size));
        read.emplace_back(ContentId{entry.layer, entry.ordinal}, std::move(text));
        return {};
      }));
  for (auto& [id, text] : read)
    m_content->keep(id, std::move(text));
  return {};
}

Result<void> visit_files(const LayerStack& image, const FileTree& tree,
                         const std::function<bool(const FileEntry&)>& wanted,
                         const std::function<Result<void>(const FileEntry&, Reader&)>& visit) {
  std::vector<std::unordered_map<std::size_t, const FileEntry*>> by_layer(image.layer_count());
  for (const FileEntry& entry : tree.entries()) {
    if (entry.type == FileType::regular && wanted(entry))
      by_layer.at(entry.layer).emplace(entry.ordinal, &entry);
  }
  std::uint64_t bytes_left = tree.bounds().max_total_bytes;
  for (std::size_t layer = 0; layer < by_layer.size(); ++layer) {
    const auto& files = by_layer[layer];
    if (files.empty())
      continue;
    KIF_CHECK(tree.m_content->count_pass(image, layer));
    const auto visit_entry = [&](TarEntry& met, std::size_t ordinal, Reader& content) -> Result<void> {
      const auto file = files.find(ordinal);
      if (file == files.end())
        return {};
      // Digests are verified at the layer's end only; until then the file under it may have become another.
      if (met.type != TarType::regular || met.size != file->second->size)
        return fail(ErrorCode::invalid_input,
                    "cannot read " + image.layer_name(layer) + ": it changed while it was read");
      return visit(*file->second, content);
    };
    KIF_CHECK(for_each_entry(image, layer, tree.bounds(), bytes_left, visit_entry));
  }
  return {};
}

Result<std::string> read_image_file(const LayerStack& image, const FileTree& tree, std::string_view path,
                                    std::uint64_t max_bytes) {
  const std::string what = shortened(path) + " in " + image.stack_name();
  const FileEntry* const found = tree.resolve(path);
  if (found == nullptr)
    return fail(ErrorCode::not_found, "cannot read " + what + ": no such file");
  if (found->type != FileType::regular)
    return fail(ErrorCode::invalid_input, "cannot read " + what + ": not a regular file");
  if (found->size > max_bytes)
    return fail(ErrorCode::too_large,
                "cannot read " + what + ": larger than the bound of " + std::to_string(max_bytes) + " bytes");
  if (const std::string* kept = tree.content(*found))
    return *kept;
  std::string text;
  KIF_CHECK(visit_files(
      image, tree, [&](const FileEntry& entry) { return &entry == found; },
      [&](const FileEntry&, Reader& content) -> Result<void> {
        KIF_TRY(text, read_to_end(content, max_bytes, what));
        return {};
      }));
  return text;
}

} // namespace kif::oci
