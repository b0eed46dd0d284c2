// SPDX-License-Identifier: Apache-2.0
// Files: descriptors that close themselves, bounded reads, writes that appear whole or not at all, temporary folders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/undo.h"

namespace kif {

/// Owns a file descriptor; −1 is none. Move-only.
class UniqueFd {
public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : m_fd(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : m_fd(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { reset(); }

  int get() const noexcept { return m_fd; }
  explicit operator bool() const noexcept { return m_fd >= 0; }
  int release() noexcept;
  void reset() noexcept;

private:
  int m_fd = -1;
};

/// Opens with O_CLOEXEC added to `flags`; the error names the path.
Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, unsigned mode = 0666);

/// The path from the root on; relative ones begin in this process's folder, which may be gone.
Result<std::filesystem::path> absolute_path(const std::filesystem::path& path);

/// Writes all of `bytes`, through short writes and EINTR. `what` names the target in the error.
Result<void> write_all(int fd, std::span<const std::byte> bytes, std::string_view what);

/// The whole content of a regular file of at most `max_bytes`; too_large otherwise.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// A file that is written beside its target and renamed over it by commit(): readers see the old content or the new,
/// never a part. Without commit() the target is untouched and the temporary file is removed, also where a signal ends
/// the process. For files of kif's own; what the user names is written by OutputFile (base/output_file.h).
class AtomicFile {
public:
  static Result<AtomicFile> create(std::filesystem::path target, unsigned mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  int fd() const noexcept { return m_fd.get(); }
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> write(std::string_view text);
  /// Gives the file its mode, flushes it to disk and renames it over the target.
  Result<void> commit();

private:
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd, unsigned mode, Undo undo);

  std::filesystem::path m_target;
  std::filesystem::path m_temporary;
  UniqueFd m_fd;
  unsigned m_mode;
  Undo m_undo;
};

/// Where temporary things are made: TMPDIR, or /tmp where that is not set; absolute. An error that says what to do
/// where it is not a folder.
Result<std::filesystem::path> temporary_place();

/// A file for reading and writing under temporary_place() that has no name any more.
Result<UniqueFd> unnamed_temporary_file();

/// Removes a folder with all it holds, also what its owner may not enter (an image's folders of mode 0), and what is
/// made in it meanwhile.
void remove_tree(const std::filesystem::path& folder) noexcept;

/// A new folder (mode 0700) that is removed with all it holds when the object goes, also where a signal ends the
/// process. Made under temporary_place(), or `parent` where given.
class TempDir {
public:
  static Result<TempDir> create(std::string_view prefix, const std::filesystem::path& parent = {});
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const noexcept { return m_path; }
  /// The folder stays; its path.
  std::filesystem::path keep() noexcept;

private:
  TempDir(std::filesystem::path path, Undo undo) : m_path(std::move(path)), m_undo(std::move(undo)) {}

  std::filesystem::path m_path;
  Undo m_undo;
};

} // namespace kif
