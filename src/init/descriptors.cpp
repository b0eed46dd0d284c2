// SPDX-License-Identifier: Apache-2.0
#include "init/descriptors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kif::init {
namespace {

/// Those of this process, as /proc tells them. None: it does not tell.
std::vector<unsigned> open_descriptors() {
  std::vector<unsigned> found;
  DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr)
    return found;
  while (const dirent* entry = ::readdir(folder)) {
    unsigned fd = 0;
    const std::string_view name = entry->d_name;
    if (std::from_chars(name.data(), name.data() + name.size(), fd).ec == std::errc{} &&
        fd != static_cast<unsigned>(::dirfd(folder)))
      found.push_back(fd);
  }
  ::closedir(folder);
  return found;
}

void close_from_to(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0)
    return;
  // Linux before 5.9, gVisor, or a seccomp profile that does not know the call. One call for each possible number would
  // take gVisor a second.
  if (const std::vector<unsigned> open = open_descriptors(); !open.empty()) {
    for (const unsigned fd : open)
      if (fd >= first && fd <= last)
        ::close(static_cast<int>(fd));
    return;
  }
  const long limit = ::sysconf(_SC_OPEN_MAX);
  const unsigned end = std::min(last, static_cast<unsigned>(limit > 0 && limit < 65536 ? limit : 65536));
  for (unsigned fd = first; fd <= end; ++fd)
    ::close(static_cast<int>(fd));
}

/// On the file of a standard stream, or on "/".
UniqueFd handle_of(int stream) {
  const std::string file = "/proc/self/fd/" + std::to_string(stream);
  UniqueFd handle(::open(file.c_str(), O_PATH | O_CLOEXEC));
  if (!handle)
    handle = UniqueFd(::open("/", O_PATH | O_CLOEXEC));
  // Of streams that are closed it might have got the number.
  return handle.get() > STDERR_FILENO ? std::move(handle)
                                      : UniqueFd(::fcntl(handle.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

} // namespace

void close_descriptors_except(std::vector<int> kept) {
  std::ranges::sort(kept);
  const auto is_kept = [&](int fd) { return std::ranges::binary_search(kept, fd); };
  // The next file would get the number of a standard stream, and what a library writes on stderr would go there: into a
  // client's connection, as random bytes. Such a handle can be neither read nor written.
  std::array<UniqueFd, 3> handles;
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (!is_kept(fd))
      handles[static_cast<std::size_t>(fd)] = handle_of(fd);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (const UniqueFd& handle = handles[static_cast<std::size_t>(fd)]; handle)
      ::dup3(handle.get(), fd, O_CLOEXEC);
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd <= STDERR_FILENO)
      continue;
    close_from_to(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_from_to(next, ~0U);
  for (UniqueFd& handle : handles) // closed with the rest
    handle.release();
}

UniqueFd open_standard_error() {
  struct stat info {};
  if (::fstat(STDERR_FILENO, &info) != 0 || S_ISDIR(info.st_mode))
    return {};
  return UniqueFd(::open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
}

} // namespace kif::init
