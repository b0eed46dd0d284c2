// SPDX-License-Identifier: Apache-2.0
#include "layer/root_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/quote.h"

namespace kif::oci {
namespace {

constexpr std::uint32_t k_set_id_bits = 06000;

Error entry_error(int errno_value, std::string_view verb, const FileEntry& entry) {
  return system_error(errno_value, "cannot " + std::string(verb) + " " + in_quotes(entry.path()));
}

std::array<struct timespec, 2> times_of(const FileEntry& entry) {
  const struct timespec modified {
    static_cast<time_t>(entry.mtime_seconds), static_cast<long>(entry.mtime_nanoseconds)
  };
  return {modified, modified};
}

} // namespace

Result<RootFolder> RootFolder::open(const std::filesystem::path& folder) {
  KIF_TRY(UniqueFd root, open_file(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  return RootFolder(std::move(root), ::geteuid() == 0);
}

Result<UniqueFd> RootFolder::open_folder(const FileEntry& folder) const {
  std::vector<const FileEntry*> way;
  for (const FileEntry* entry = &folder; entry->parent != nullptr; entry = entry->parent)
    way.push_back(entry);
  UniqueFd current(::openat(m_root.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (; current && !way.empty(); way.pop_back())
    current =
        UniqueFd(::openat(current.get(), way.back()->name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!current)
    return fail(system_error(errno, "cannot open a folder of the image"));
  return current;
}

Result<int> RootFolder::parent_of(const FileEntry& entry) {
  if (entry.parent != m_parent_entry) {
    KIF_TRY(m_parent, open_folder(*entry.parent));
    m_parent_entry = entry.parent;
  }
  return m_parent.get();
}

Result<void> RootFolder::make_folder(const FileEntry& entry) {
  KIF_TRY(const int parent, parent_of(entry));
  if (::mkdirat(parent, entry.name.c_str(), 0700) != 0)
    return fail(entry_error(errno, "make", entry));
  return {};
}

Result<void> RootFolder::make_file(const FileEntry& entry, Reader& content) {
  KIF_TRY(const int parent, parent_of(entry));
  const UniqueFd file(::openat(parent, entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file)
    return fail(entry_error(errno, "make", entry));
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, 256 * 1024)));
  for (std::uint64_t left = entry.size; left > 0;) {
    KIF_TRY(const std::size_t count, content.read(buffer));
    if (count == 0 || count > left)
      return fail(ErrorCode::internal, "cannot write " + in_quotes(entry.path()) + ": its size changed");
    KIF_CHECK(write_all(file.get(), std::span(buffer).first(count), in_quotes(entry.path())));
    left -= count;
  }
  return set_attributes(file.get(), entry);
}

Result<void> RootFolder::make_hard_link(const FileEntry& entry, const FileEntry& existing) {
  KIF_TRY(const UniqueFd existing_folder, open_folder(*existing.parent));
  KIF_TRY(const int parent, parent_of(entry));
  if (::linkat(existing_folder.get(), existing.name.c_str(), parent, entry.name.c_str(), 0) != 0)
    return fail(entry_error(errno, "link", entry));
  return {};
}

Result<void> RootFolder::make_symlink(const FileEntry& entry) {
  KIF_TRY(const int parent, parent_of(entry));
  const std::string& name = entry.name;
  if (::symlinkat(entry.link_target.c_str(), parent, name.c_str()) != 0)
    return fail(entry_error(errno, "make", entry));
  if (m_keeps_owners && ::fchownat(parent, name.c_str(), static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid),
                                   AT_SYMLINK_NOFOLLOW) != 0)
    return fail(entry_error(errno, "give its owner to", entry));
  if (::utimensat(parent, name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0)
    return fail(entry_error(errno, "give its time to", entry));
  return {};
}

Result<void> RootFolder::set_attributes(const FileEntry& entry) {
  if (entry.parent == nullptr)
    return set_attributes(m_root.get(), entry);
  KIF_TRY(const int parent, parent_of(entry));
  const UniqueFd folder(::openat(parent, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder)
    return fail(entry_error(errno, "open", entry));
  return set_attributes(folder.get(), entry);
}

// In this order: a change of owner takes away set-id bits and capabilities.
Result<void> RootFolder::set_attributes(int fd, const FileEntry& entry) const {
  std::uint32_t mode = entry.mode;
  if (m_keeps_owners) {
    if (::fchown(fd, static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid)) != 0)
      return fail(entry_error(errno, "give its owner to", entry));
  } else if (entry.type == FileType::regular) {
    mode &= ~k_set_id_bits;
  }
  if (::fchmod(fd, mode) != 0)
    return fail(entry_error(errno, "give its mode to", entry));
  // A file system without them (ENOTSUP) leaves a program that can do less, not more.
  if (m_keeps_owners && !entry.capability.empty() && entry.type == FileType::regular &&
      ::fsetxattr(fd, "security.capability", entry.capability.data(), entry.capability.size(), 0) != 0 &&
      errno != ENOTSUP)
    return fail(entry_error(errno, "give its capabilities to", entry));
  if (::futimens(fd, times_of(entry).data()) != 0)
    return fail(entry_error(errno, "give its time to", entry));
  return {};
}

} // namespace kif::oci
