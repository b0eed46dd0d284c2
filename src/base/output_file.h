// SPDX-License-Identifier: Apache-2.0
// Writing to a path that the user names. Every command that takes one writes through here.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace kif {

/// What is at the path decides how it is written:
/// - nothing, or a regular file: a new file that appears whole at commit(), and until then what was there stays as it
///   was. It keeps the old file's permissions, and its owner where this process may give them;
/// - a regular file that no other can take the place of, since it is mounted there by itself (`docker run -v FILE:FILE`)
///   or its folder takes no new file: it is kept, and filled at commit() from a file under temporary_place();
/// - a device, a pipe or a socket: it is written to as the bytes come, and stays what it is;
/// - a link: it stays, and all this is about what it leads to. /dev/stdout, /dev/fd/N and the like are the descriptors
///   themselves, so that what a shell appends to a file is appended.
/// A pipe without a reader is waited for, as by a shell.
class OutputFile {
public:
  static Result<OutputFile> create(const std::filesystem::path& path);

  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text);
  /// Whether all of it has arrived is known only when this is good.
  Result<void> commit();

private:
  OutputFile(std::filesystem::path path, std::optional<AtomicFile> replacement, UniqueFd fd, UniqueFd kept)
      : m_path(std::move(path)), m_replacement(std::move(replacement)), m_fd(std::move(fd)), m_kept(std::move(kept)) {}
  Result<void> fill_kept();

  std::filesystem::path m_path;
  std::optional<AtomicFile> m_replacement; ///< none: m_fd is what is written to
  UniqueFd m_fd;
  UniqueFd m_kept; ///< the file that m_fd's content goes into at commit(), if any
};

/// Where a chain of links ends, whether there is something or not; the path itself where it is not a link.
Result<std::filesystem::path> follow_links(const std::filesystem::path& path);

/// A device, a pipe or a socket, or a descriptor's name as /dev/stdout is one: to be written to, not to be replaced,
/// and not to be read first.
bool is_special_output(const std::filesystem::path& path);

} // namespace kif
