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

/// Writes all of `bytes`, through short writes and EINTR. `what` names the target in the error.
Result<void> write_all(int fd, std::span<const std::byte> bytes, std::string_view what);

/// The whole content of a regular file of at most `max_bytes`; too_large otherwise.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// A file that is written beside its target and renamed over it by commit(): readers see the old content or the new, never a part.
/// Without commit() the target is untouched and the temporary file is removed.
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
  AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd, unsigned mode);

  std::filesystem::path m_target;
  std::filesystem::path m_temporary;
  UniqueFd m_fd;
  unsigned m_mode;
};

/// A new folder (mode 0700) that is removed with all it holds when the object goes. Made under TMPDIR, or `parent` where given.
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
  explicit TempDir(std::filesystem::path path) : m_path(std::move(path)) {}

  std::filesystem::path m_path;
};

} // namespace kif
