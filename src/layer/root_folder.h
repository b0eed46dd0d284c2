// SPDX-License-Identifier: Apache-2.0
// A folder being filled with an image's files. Every path is walked from the folder's own descriptor, one name at a
// time and through no symlink, so that nothing is made outside it even if the tree of names were wrong.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/reader.h"
#include "base/result.h"
#include "layer/file_tree.h"

namespace kif::oci {

class RootFolder {
public:
  /// `folder` exists and is ours alone.
  static Result<RootFolder> open(const std::filesystem::path& folder);

  /// With permissions for us only; set_attributes() gives the real ones when all is in.
  Result<void> make_folder(const FileEntry& entry);
  /// With content and attributes.
  Result<void> make_file(const FileEntry& entry, Reader& content);
  Result<void> make_hard_link(const FileEntry& entry, const FileEntry& existing);
  Result<void> make_symlink(const FileEntry& entry);
  /// Of a folder; children before parents.
  Result<void> set_attributes(const FileEntry& entry);

  /// Whether files get their owners.
  bool keeps_owners() const noexcept { return m_keeps_owners; }

private:
  explicit RootFolder(UniqueFd root, bool keeps_owners) : m_root(std::move(root)), m_keeps_owners(keeps_owners) {}
  Result<UniqueFd> open_folder(const FileEntry& folder) const;
  Result<int> parent_of(const FileEntry& entry);
  Result<void> set_attributes(int fd, const FileEntry& entry) const;

  UniqueFd m_root;
  bool m_keeps_owners;
  // The folder used last: entries of one folder mostly come in a row.
  const FileEntry* m_parent_entry = nullptr;
  UniqueFd m_parent;
};

} // namespace kif::oci
