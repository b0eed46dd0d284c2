// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kif {
namespace {

Error too_large_error(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return {ErrorCode::too_large,
          "cannot read " + path.string() + ": larger than the bound of " + std::to_string(max_bytes) + " bytes"};
}

} // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    reset();
    m_fd = other.release();
  }
  return *this;
}

int UniqueFd::release() noexcept {
  return std::exchange(m_fd, -1);
}

void UniqueFd::reset() noexcept {
  if (m_fd >= 0)
    ::close(m_fd);
  m_fd = -1;
}

Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return fail(system_error(errno, "cannot open " + path.string()));
  return UniqueFd(fd);
}

Result<std::filesystem::path> absolute_path(const std::filesystem::path& path) {
  std::error_code error;
  auto absolute = std::filesystem::absolute(path, error);
  if (error)
    return fail(system_error(error.value(), "cannot find " + path.string()));
  return absolute;
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return fail(system_error(errno, "cannot write " + std::string(what)));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  KIF_TRY(const UniqueFd fd, open_file(path, O_RDONLY));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return fail(system_error(errno, "cannot read " + path.string()));
  if (S_ISDIR(status.st_mode))
    return fail(ErrorCode::invalid_input, "cannot read " + path.string() + ": is a directory");
  if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > max_bytes)
    return fail(too_large_error(path, max_bytes));

  std::string content;
  content.reserve(S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0);
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR)
        continue;
      return fail(system_error(errno, "cannot read " + path.string()));
    }
    if (count == 0)
      return content;
    if (content.size() + static_cast<std::uint64_t>(count) > max_bytes)
      return fail(too_large_error(path, max_bytes));
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Result<AtomicFile> AtomicFile::create(std::filesystem::path target, unsigned mode) {
  std::string name = target.string() + ".part-XXXXXX";
  UniqueFd fd;
  int error = 0;
  Undo undo([&]() -> std::function<void()> {
    fd = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    error = errno;
    if (!fd)
      return {};
    return [name] { ::unlink(name.c_str()); };
  });
  if (!fd)
    return fail(system_error(error, "cannot create a temporary file beside " + target.string()));
  return AtomicFile(std::move(target), std::filesystem::path(name), std::move(fd), mode, std::move(undo));
}

AtomicFile::AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd, unsigned mode,
                       Undo undo)
    : m_target(std::move(target)), m_temporary(std::move(temporary)), m_fd(std::move(fd)), m_mode(mode),
      m_undo(std::move(undo)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_target(std::move(other.m_target)), m_temporary(std::exchange(other.m_temporary, {})),
      m_fd(std::move(other.m_fd)), m_mode(other.m_mode), m_undo(std::move(other.m_undo)) {}

AtomicFile::~AtomicFile() {
  if (!m_temporary.empty())
    ::unlink(m_temporary.c_str());
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  return write_all(m_fd.get(), bytes, m_target.string());
}

Result<void> AtomicFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text)));
}

Result<void> AtomicFile::commit() {
  const std::string what = "cannot write " + m_target.string();
  if (::fchmod(m_fd.get(), m_mode) != 0 || ::fsync(m_fd.get()) != 0)
    return fail(system_error(errno, what));
  if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
    return fail(system_error(errno, what));
  m_temporary.clear();
  m_undo = {};
  m_fd.reset();
  return {};
}

Result<std::filesystem::path> temporary_place() {
  const char* named = std::getenv("TMPDIR");
  const bool is_named = named != nullptr && *named != '\0';
  std::error_code error;
  auto place = std::filesystem::absolute(is_named ? named : "/tmp", error);
  const bool is_folder = !error && std::filesystem::is_directory(place, error);
  if (is_folder && ::access(place.c_str(), W_OK | X_OK) == 0)
    return place;
  const int reason = is_folder ? errno : error ? error.value() : ENOTDIR;
  return fail(system_error(reason, "cannot make temporary files in " + std::string(is_named ? named : "/tmp"))
                  .with_hint(is_named ? "TMPDIR names this folder; name one that exists and can be written to"
                                      : "set TMPDIR to a folder that exists and can be written to"));
}

Result<UniqueFd> unnamed_temporary_file() {
  KIF_TRY(const std::filesystem::path place, temporary_place());
  // Not every file system has O_TMPFILE (overlayfs before Linux 6.3).
  UniqueFd file(::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  std::string name = (place / "kif-XXXXXX").string();
  int error = 0;
  if (!file)
    (void)Undo([&]() -> std::function<void()> {
      file = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
      error = errno;
      if (file)
        ::unlink(name.c_str());
      return {};
    });
  if (!file)
    return fail(system_error(error, "cannot make a temporary file in " + place.string()));
  return file;
}

namespace {

bool remove_once(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error)
    return true;
  // Not root, and a folder without permission bits in the way: give them first, from the top down.
  std::vector<fs::path> folders = {folder};
  while (!folders.empty()) {
    const fs::path here = std::move(folders.back());
    folders.pop_back();
    fs::permissions(here, fs::perms::owner_all, fs::perm_options::add, error);
    for (fs::directory_iterator entry(here, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      if (entry->symlink_status(ignored).type() == fs::file_type::directory)
        folders.push_back(entry->path());
    }
  }
  fs::remove_all(folder, error);
  return !error;
}

} // namespace

void remove_tree(const std::filesystem::path& folder) noexcept {
  constexpr int k_most_tries = 50; // each fails by what somebody has made there since the one before
  try {
    for (int i = 0; i < k_most_tries && !remove_once(folder); ++i) {
    }
  } catch (const std::bad_alloc&) { // what is left is in a folder for temporary things
  }
}

Result<TempDir> TempDir::create(std::string_view prefix, const std::filesystem::path& parent) {
  std::filesystem::path base = parent;
  if (base.empty()) {
    KIF_TRY(base, temporary_place());
  }
  std::string name = (base / (std::string(prefix) + "XXXXXX")).string();
  int error = 0;
  Undo undo([&]() -> std::function<void()> {
    if (::mkdtemp(name.data()) == nullptr) {
      error = errno;
      return {};
    }
    return [name] { remove_tree(name); };
  });
  if (error != 0)
    return fail(system_error(error, "cannot create a temporary folder in " + base.string()));
  return TempDir(std::filesystem::path(name), std::move(undo));
}

TempDir::TempDir(TempDir&& other) noexcept : m_path(std::exchange(other.m_path, {})), m_undo(std::move(other.m_undo)) {}

TempDir::~TempDir() {
  if (!m_path.empty())
    remove_tree(m_path);
}

std::filesystem::path TempDir::keep() noexcept {
  m_undo = {};
  return std::exchange(m_path, {});
}

} // namespace kif
