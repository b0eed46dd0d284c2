// SPDX-License-Identifier: Apache-2.0
// close and its kin pass by the connection that a process keeps: who closes all descriptors, to lock itself in or out
// of tidiness, means those that it knows. To programs its number looks closed.
#include <cerrno>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "random/kept_connection.h"
#include "random/stand_in.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

using namespace kif::random;

namespace {

/// glibc's close can be cancelled; a system call cannot.
int (*g_close)(int) = nullptr;

__attribute__((constructor)) void find_close() noexcept {
  g_close = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "close"));
}

/// Up to `last` inclusive, but for the kept connection.
long close_all(unsigned first, unsigned last, unsigned flags) noexcept {
  if ((flags & CLOSE_RANGE_CLOEXEC) == 0)
    note_closed(first, last);
  const int kept = kept_connection();
  const auto skipped = static_cast<unsigned>(kept);
  if (kept < 0 || skipped < first || skipped > last)
    return call(SYS_close_range, first, last, flags);
  long result = 0;
  if (skipped > first)
    result = call(SYS_close_range, first, skipped - 1, flags);
  else if (flags != 0) // an unshared table (CLOSE_RANGE_UNSHARE) needs a call, and it tells what flags there are
    result = call(SYS_close_range, ~0U, ~0U, flags);
  return result == 0 && skipped < last ? call(SYS_close_range, skipped + 1, last, flags) : result;
}

/// A number that the program wants is left to it.
long duplicate(int from, int to, int flags) noexcept {
  if (is_kept_connection(from) || (is_kept_connection(to) && !move_kept_connection()))
    return -EBADF;
  const long result = call(SYS_dup3, from, to, flags);
  if (result >= 0)
    note_duplicated(from, to);
  return result;
}

} // namespace

extern "C" {

int close_of_kif(int fd) KIF_EXPORT("close");
int close_range_of_kif(unsigned first, unsigned last, int flags) noexcept KIF_EXPORT("close_range");
void closefrom_of_kif(int first) noexcept KIF_EXPORT("closefrom");
int dup2_of_kif(int from, int to) noexcept KIF_EXPORT("dup2");
int dup3_of_kif(int from, int to, int flags) noexcept KIF_EXPORT("dup3");

int close_of_kif(int fd) {
  if (is_kept_connection(fd)) {
    errno = EBADF;
    return -1;
  }
  if (g_close == nullptr) // another library's constructor came before ours
    find_close();
  if (fd >= 0)
    note_closed(static_cast<unsigned>(fd), static_cast<unsigned>(fd));
  return g_close(fd);
}

int close_range_of_kif(unsigned first, unsigned last, int flags) noexcept {
  return static_cast<int>(with_errno(close_all(first, last, static_cast<unsigned>(flags))));
}

void closefrom_of_kif(int first) noexcept {
  const unsigned least = first > 0 ? static_cast<unsigned>(first) : 0;
  if (close_all(least, ~0U, 0) == 0)
    return;
  // Before Linux 5.9, and where a sandbox does not know the call: glibc reads the list in /proc, and so do we.
  if (kept_connection() < 0) {
    if (void* theirs = ::dlsym(RTLD_NEXT, "closefrom"))
      return reinterpret_cast<void (*)(int)>(theirs)(first);
  }
  const long limit = ::sysconf(_SC_OPEN_MAX);
  for (long fd = least; fd < (limit > 0 ? limit : 1024); ++fd)
    if (!is_kept_connection(static_cast<int>(fd)))
      call(SYS_close, fd);
}

int dup2_of_kif(int from, int to) noexcept {
  // dup3 refuses what dup2 takes: one and the same number, which has to be open.
  if (from == to)
    return is_kept_connection(from) || call(SYS_fcntl, from, F_GETFD) < 0 ? static_cast<int>(with_errno(-EBADF)) : to;
  return static_cast<int>(with_errno(duplicate(from, to, 0)));
}

int dup3_of_kif(int from, int to, int flags) noexcept {
  return static_cast<int>(with_errno(duplicate(from, to, flags)));
}

} // extern "C"
