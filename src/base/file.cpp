// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <cerrno>
#include <cstdlib>
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

int UniqueFd::release() noexcept { return std::exchange(m_fd, -1); }

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
  UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd)
    return fail(system_error(errno, "cannot create a temporary file beside " + target.string()));
  return AtomicFile(std::move(target), std::filesystem::path(name), std::move(fd), mode);
}

AtomicFile::AtomicFile(std::filesystem::path target, std::filesystem::path temporary, UniqueFd fd, unsigned mode)
    : m_target(std::move(target)), m_temporary(std::move(temporary)), m_fd(std::move(fd)), m_mode(mode) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : m_target(std::move(other.m_target)), m_temporary(std::exchange(other.m_temporary, {})),
      m_fd(std::move(other.m_fd)), m_mode(other.m_mode) {}

AtomicFile::~AtomicFile() {
  if (!m_temporary.empty())
    ::unlink(m_temporary.c_str());
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  return write_all(m_fd.get(), bytes, m_target.string());
}

Result<void> AtomicFile::write(std::string_view text) { return write(std::as_bytes(std::span(text))); }

Result<void> AtomicFile::commit() {
  const std::string what = "cannot write " + m_target.string();
  if (::fchmod(m_fd.get(), m_mode) != 0 || ::fsync(m_fd.get()) != 0)
    return fail(system_error(errno, what));
  if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
    return fail(system_error(errno, what));
  m_temporary.clear();
  m_fd.reset();
  return {};
}

Result<TempDir> TempDir::create(std::string_view prefix, const std::filesystem::path& parent) {
  std::error_code ignored;
  const std::filesystem::path base = parent.empty() ? std::filesystem::temp_directory_path(ignored) : parent;
  std::string name = (base / (std::string(prefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    return fail(system_error(errno, "cannot create a temporary folder in " + base.string()));
  return TempDir(std::filesystem::path(name));
}

TempDir::TempDir(TempDir&& other) noexcept : m_path(std::exchange(other.m_path, {})) {}

TempDir::~TempDir() {
  std::error_code ignored;
  if (!m_path.empty())
    std::filesystem::remove_all(m_path, ignored);
}

std::filesystem::path TempDir::keep() noexcept { return std::exchange(m_path, {}); }

} // namespace kif
