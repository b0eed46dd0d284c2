// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace kif {
namespace {

namespace fs = std::filesystem;

constexpr int k_most_links = 40; // the kernel's own bound

Error cannot_write(const fs::path& path, int reason) {
  return system_error(reason, "cannot write " + path.string());
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// A link that procfs makes up: what it leads to is a file, not the path that readlink() gives.
bool is_in_proc(const fs::path& link) {
  struct statfs status {};
  return ::statfs(folder_of(link).c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/// N of /proc/self/fd/N, by whatever name.
std::optional<int> descriptor_of(const fs::path& link) {
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(link), error);
  if (error || folder != fs::canonical("/proc/self/fd", error) || error)
    return std::nullopt;
  const std::string name = link.filename().string();
  int number = -1;
  const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
  return bad == std::errc() && end == name.data() + name.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

struct Place {
  fs::path path;
  bool is_proc_link = false; ///< the kernel alone can follow it
  struct stat status {};     ///< of mode 0: there is nothing
};

Result<Place> find_place(const fs::path& path) {
  Place place{.path = path};
  for (int links = 0; links < k_most_links; ++links) {
    if (::lstat(place.path.c_str(), &place.status) != 0) {
      place.status = {};
      if (errno == ENOENT)
        return place;
      return fail(cannot_write(path, errno));
    }
    if (!S_ISLNK(place.status.st_mode))
      return place;
    if (is_in_proc(place.path)) {
      place.is_proc_link = true;
      return place;
    }
    std::error_code error;
    const fs::path target = fs::read_symlink(place.path, error);
    if (error)
      return fail(cannot_write(path, error.value()));
    place.path = folder_of(place.path) / target; // an absolute one replaces the folder
  }
  return fail(cannot_write(path, ELOOP));
}

Result<UniqueFd> connect_to(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = path.native();
  if (name.size() >= sizeof address.sun_path)
    return fail(cannot_write(path, ENAMETOOLONG));
  std::ranges::copy(name, address.sun_path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(cannot_write(path, errno));
  return socket;
}

Result<UniqueFd> open_what_is_there(const Place& place) {
  if (const auto number = place.is_proc_link ? descriptor_of(place.path) : std::nullopt) {
    UniqueFd fd(::fcntl(*number, F_DUPFD_CLOEXEC, 3));
    if (!fd)
      return fail(cannot_write(place.path, errno));
    return fd;
  }
  if (S_ISSOCK(place.status.st_mode))
    return connect_to(place.path);
  return open_file(place.path, O_WRONLY | O_NOCTTY);
}

/// What a new file may not have: the mask of this process, without changing it for other threads' sake.
unsigned file_mode_mask() {
  constexpr unsigned k_usual = 022;
  const auto status = read_file("/proc/self/status", 64 * 1024);
  constexpr std::string_view k_field = "\nUmask:\t";
  const std::size_t at = status ? status->find(k_field) : std::string::npos;
  if (at == std::string::npos)
    return k_usual;
  unsigned mask = k_usual;
  std::from_chars(status->data() + at + k_field.size(), status->data() + status->size(), mask, 8);
  return mask;
}

Result<AtomicFile> replace(const Place& place) {
  const bool is_new = place.status.st_mode == 0;
  KIF_TRY(AtomicFile file,
          AtomicFile::create(place.path, is_new ? 0666U & ~file_mode_mask() : place.status.st_mode & 0777U));
  if (!is_new) // what cannot be kept is the owner's loss of little: as with every editor
    static_cast<void>(::fchown(file.fd(), place.status.st_uid, place.status.st_gid) == 0);
  return file;
}

/// A file that is mounted by itself can be written to, and not renamed over.
bool is_mounted(const fs::path& path) {
  struct statx status {};
  return ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool must_be_kept(const Place& place) {
  return S_ISREG(place.status.st_mode) &&
         (is_mounted(place.path) || ::access(folder_of(place.path).c_str(), W_OK | X_OK) != 0);
}

} // namespace

Result<OutputFile> OutputFile::create(const fs::path& path) {
  KIF_TRY(const Place place, find_place(path));
  if (S_ISDIR(place.status.st_mode))
    return fail(cannot_write(path, EISDIR));
  if (!place.is_proc_link && must_be_kept(place)) {
    KIF_TRY(UniqueFd kept, open_file(place.path, O_WRONLY | O_NOCTTY));
    KIF_TRY(UniqueFd content, unnamed_temporary_file());
    return OutputFile(path, std::nullopt, std::move(content), std::move(kept));
  }
  if (!place.is_proc_link && (place.status.st_mode == 0 || S_ISREG(place.status.st_mode))) {
    KIF_TRY(AtomicFile file, replace(place));
    return OutputFile(path, std::move(file), {}, {});
  }
  KIF_TRY(UniqueFd fd, open_what_is_there(place));
  return OutputFile(path, std::nullopt, std::move(fd), {});
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) {
  return m_replacement ? m_replacement->write(bytes) : write_all(m_fd.get(), bytes, m_path.string());
}

Result<void> OutputFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text)));
}

Result<void> OutputFile::fill_kept() {
  if (::lseek(m_fd.get(), 0, SEEK_SET) != 0 || ::ftruncate(m_kept.get(), 0) != 0)
    return fail(cannot_write(m_path, errno));
  std::array<std::byte, 64 * 1024> piece{};
  ssize_t count = 0;
  while ((count = ::read(m_fd.get(), piece.data(), piece.size())) > 0)
    KIF_CHECK(write_all(m_kept.get(), std::span(piece).first(static_cast<std::size_t>(count)), m_path.string()));
  if (count < 0)
    return fail(cannot_write(m_path, errno));
  m_fd = std::move(m_kept);
  return {};
}

Result<void> OutputFile::commit() {
  if (m_replacement)
    return m_replacement->commit();
  if (m_kept)
    KIF_CHECK(fill_kept());
  // A pipe has no disk behind it.
  if (::fsync(m_fd.get()) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
    return fail(cannot_write(m_path, errno));
  if (::close(m_fd.release()) != 0)
    return fail(cannot_write(m_path, errno));
  return {};
}

Result<fs::path> follow_links(const fs::path& path) {
  KIF_TRY(Place place, find_place(path));
  return std::move(place.path);
}

bool is_special_output(const fs::path& path) {
  const auto place = find_place(path);
  if (!place)
    return false;
  const mode_t mode = place->status.st_mode;
  return place->is_proc_link || (mode != 0 && !S_ISREG(mode) && !S_ISDIR(mode));
}

} // namespace kif
