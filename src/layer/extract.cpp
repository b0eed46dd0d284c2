// SPDX-License-Identifier: Apache-2.0
#include "layer/extract.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <utility>

#include <sys/stat.h>

#include "base/file.h"
#include "layer/root_folder.h"

namespace kif::oci {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_not_made = 1000; // are named

using ContentId = std::pair<std::size_t, std::size_t>;

ContentId content_of(const FileEntry& entry) {
  return {entry.layer, entry.ordinal};
}

Result<void> check_target(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found)
    return {};
  if (error)
    return fail(system_error(error.value(), "cannot unpack to " + target.string()));
  if (!fs::is_directory(status))
    return fail(ErrorCode::conflict, "cannot unpack to " + target.string() + ": it exists and is not a folder");
  if (!fs::is_empty(target, error) || error)
    return fail(ErrorCode::conflict, "cannot unpack to " + target.string() + ": the folder is not empty");
  return {};
}

/// What was read already.
class HeldReader final : public Reader {
public:
  explicit HeldReader(std::span<const std::byte> content) : m_left(content) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), m_left.size());
    std::copy_n(m_left.begin(), count, buffer.begin());
    m_left = m_left.subspan(count);
    return count;
  }

private:
  std::span<const std::byte> m_left;
};

Result<void> make_file(RootFolder& root, const FileEntry& entry, Reader& content, const ContentLook& look) {
  if (!look.wanted || !look.wanted(entry))
    return root.make_file(entry, content);
  KIF_TRY(const std::string held, read_to_end(content, entry.size, entry.path()));
  const auto bytes = std::as_bytes(std::span(held));
  look.look(entry, bytes);
  HeldReader again(bytes);
  return root.make_file(entry, again);
}

Result<Extraction> fill(const LayerStack& image, const FileTree& tree, const fs::path& folder,
                        const ContentLook& look) {
  KIF_TRY(RootFolder root, RootFolder::open(folder));
  Extraction done;
  done.owners_kept = root.keeps_owners();
  const std::vector<FileEntry>& entries = tree.entries();
  for (const FileEntry& entry : entries) {
    if (entry.type == FileType::directory && entry.parent != nullptr)
      KIF_CHECK(root.make_folder(entry));
  }

  std::map<ContentId, const FileEntry*> written; // where the content of hard links already lies
  KIF_CHECK(visit_files(
      image, tree, [](const FileEntry&) { return true; },
      [&](const FileEntry& entry, Reader& content) {
        written.emplace(content_of(entry), &entry);
        done.bytes += entry.size;
        return make_file(root, entry, content, look);
      }));

  for (const FileEntry& entry : entries) {
    switch (entry.type) {
    case FileType::directory:
      break;
    case FileType::symlink:
      KIF_CHECK(root.make_symlink(entry));
      break;
    case FileType::regular:
      if (const FileEntry* const first = written.at(content_of(entry)); first != &entry)
        KIF_CHECK(root.make_hard_link(entry, *first));
      break;
    case FileType::character_device:
    case FileType::block_device:
    case FileType::fifo:
      if (++done.not_made_count <= k_max_not_made)
        done.not_made.push_back(entry.path());
      continue;
    }
    ++done.entries;
  }
  // Last and from the bottom up: what is made in a folder changes its time, and a folder without write permission takes
  // nothing.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->type == FileType::directory)
      KIF_CHECK(root.set_attributes(*entry));
  }
  return done;
}

} // namespace

Result<Extraction> extract_root(const LayerStack& image, const FileTree& tree, const fs::path& target,
                                const ContentLook& look) {
  KIF_TRY(const fs::path absolute, absolute_path(target));
  const fs::path final_path = absolute.lexically_normal();
  const fs::path place = final_path.has_filename() ? final_path : final_path.parent_path(); // "x/" names x
  KIF_CHECK(check_target(place));
  KIF_TRY(TempDir folder,
          TempDir::create(std::string(".").append(place.filename().string()).append(".part-"), place.parent_path()));
  auto done = fill(image, tree, folder.path(), look);
  if (done && std::rename(folder.path().c_str(), place.c_str()) != 0) {
    const int reason = errno;
    done = fail(reason == ENOTEMPTY || reason == EEXIST
                    ? Error(ErrorCode::conflict, "cannot unpack to " + target.string() + ": the folder is not empty")
                    : system_error(reason, "cannot unpack to " + target.string()));
  }
  if (!done) {
    // TempDir cannot enter folders that have lost their permissions; what goes wrong here is less than what went wrong
    // before.
    static_cast<void>(remove_root(folder.path()));
    return done;
  }
  folder.keep();
  return done;
}

Result<void> remove_root(const fs::path& target) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(target, error)))
    return {};
  ::chmod(target.c_str(), 0700);
  for (auto entry = fs::recursive_directory_iterator(target, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    // Before the iterator goes into it.
    if (entry->symlink_status(error).type() == fs::file_type::directory)
      ::chmod(entry->path().c_str(), 0700);
  }
  fs::remove_all(target, error);
  if (error)
    return fail(system_error(error.value(), "cannot remove " + target.string()));
  return {};
}

} // namespace kif::oci
