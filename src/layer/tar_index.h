// SPDX-License-Identifier: Apache-2.0
// A tar archive whose entries are read in any order: one pass over the headers notes where each content lies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/reader.h"
#include "base/result.h"

namespace kif::oci {

class TarIndex {
public:
  /// A compressed archive is unpacked into an unnamed file under TMPDIR first. `name` names the archive in errors.
  static Result<TarIndex> read(const std::filesystem::path& file, std::string name);

  bool contains(const std::string& path) const { return m_entries.contains(path); }
  /// The content of a regular file; a link to one in the same archive is followed, once. Paths are without "./". Names
  /// that stand twice in the archive are refused: readers differ in which one counts.
  Result<std::unique_ptr<Reader>> open(const std::string& path) const;
  Result<std::uint64_t> size(const std::string& path) const;

private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string link_target; ///< where the entry is a link: the path it leads to
    bool is_file = false;    ///< or a link
    bool is_twice = false;
  };
  TarIndex(std::shared_ptr<const UniqueFd> fd, std::string name) : m_fd(std::move(fd)), m_name(std::move(name)) {}
  Result<void> scan();
  Result<const Entry*> find(const std::string& path) const;

  std::shared_ptr<const UniqueFd> m_fd;
  std::string m_name;
  std::map<std::string, Entry> m_entries;
};

} // namespace kif::oci
