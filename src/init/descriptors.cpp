// SPDX-License-Identifier: Apache-2.0
#include "init/descriptors.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
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

} // namespace

void close_descriptors_except(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (fd > 0)
      close_from_to(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_from_to(next, ~0U);
  // The next file would get the number of a standard stream, and what a library writes on stderr would go there: into a
  // client's connection, as random bytes. Such a handle can be neither read nor written.
  while (true) {
    const int fd = ::open("/", O_PATH | O_CLOEXEC);
    if (fd > STDERR_FILENO)
      ::close(fd);
    if (fd < 0 || fd >= STDERR_FILENO)
      return;
  }
}

} // namespace kif::init
