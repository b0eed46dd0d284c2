// SPDX-License-Identifier: Apache-2.0
#include "oci/file_tree.h"

#include <algorithm>
#include <unordered_map>

#include "base/quote.h"
#include "oci/layer_pass.h"
#include "oci/tree_builder.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_links = 40; // as many as Linux follows

Result<std::string> read_head(Reader& reader, std::size_t bytes) {
  std::string head(bytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes) {
    KIF_TRY(const std::size_t count, reader.read(std::as_writable_bytes(std::span(head)).subspan(filled)));
    if (count == 0)
      break;
    filled += count;
  }
  head.resize(filled);
  return head;
}

std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

} // namespace

struct FileTree::Content {
  std::vector<FileEntry> entries;
  std::unordered_map<std::string_view, std::size_t> by_path = {}; // the root is ""
  Bounds bounds;

  const FileEntry* at(const std::string& path) const {
    const auto found = by_path.find(path);
    return found == by_path.end() ? nullptr : &entries[found->second];
  }

  // As the kernel resolves a path in a process whose root is the image.
  const FileEntry* walk(std::string_view path, bool follow_last) const {
    std::vector<std::string> ahead; // in reverse
    const auto push = [&](std::string_view text) {
      std::vector<std::string> parts;
      for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        if (const std::string_view part = text.substr(begin, end - begin); !part.empty() && part != ".")
          parts.emplace_back(part);
        begin = end + 1;
      }
      ahead.insert(ahead.end(), parts.rbegin(), parts.rend());
    };
    push(path);
    std::string done;
    const FileEntry* entry = at(done);
    std::size_t links = 0;
    while (!ahead.empty()) {
      const std::string part = std::move(ahead.back());
      ahead.pop_back();
      if (part == "..") {
        done = parent_of(done);
        entry = at(done);
        continue;
      }
      if (entry->type != FileType::directory)
        return nullptr;
      done += "/" + part;
      entry = at(done);
      if (entry == nullptr)
        return nullptr;
      if (entry->type == FileType::symlink && (follow_last || !ahead.empty())) {
        if (++links > k_max_links)
          return nullptr;
        done = entry->link_target.starts_with('/') ? std::string() : parent_of(done);
        push(entry->link_target);
        entry = at(done);
      }
    }
    return entry;
  }
};

FileTree::FileTree(std::unique_ptr<Content> content) : m_content(std::move(content)) {}
FileTree::FileTree(FileTree&&) noexcept = default;
FileTree& FileTree::operator=(FileTree&&) noexcept = default;
FileTree::~FileTree() = default;

Result<FileTree> FileTree::read(const Image& image, const Options& options) {
  TreeBuilder builder(options.bounds);
  std::uint64_t bytes_left = options.bounds.max_total_bytes;
  for (std::size_t layer = 0; layer < image.layer_count(); ++layer) {
    builder.begin_layer(layer, image.layer_name(layer));
    KIF_CHECK(for_each_entry(image, layer, options.bounds, bytes_left,
                             [&](TarEntry& entry, std::size_t ordinal, Reader& content) -> Result<void> {
                               std::string head;
                               if (entry.type == TarType::regular && options.head_bytes > 0) {
                                 KIF_TRY(head, read_head(content, options.head_bytes));
                               }
                               return builder.add(entry, ordinal, std::move(head));
                             }));
  }
  auto content = std::make_unique<Content>(Content{builder.finish(), {}, options.bounds});
  for (std::size_t i = 0; i < content->entries.size(); ++i)
    content->by_path.emplace(i == 0 ? std::string_view() : std::string_view(content->entries[i].path), i);
  return FileTree(std::move(content));
}

const std::vector<FileEntry>& FileTree::entries() const noexcept {
  return m_content->entries;
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

Result<void> visit_files(const Image& image, const FileTree& tree, const std::function<bool(const FileEntry&)>& wanted,
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

Result<std::string> read_image_file(const Image& image, const FileTree& tree, std::string_view path,
                                    std::uint64_t max_bytes) {
  const std::string what = printable(path) + " in " + image.name().text();
  const FileEntry* const found = tree.resolve(path);
  if (found == nullptr)
    return fail(ErrorCode::not_found, "cannot read " + what + ": no such file");
  if (found->type != FileType::regular)
    return fail(ErrorCode::invalid_input, "cannot read " + what + ": not a regular file");
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
