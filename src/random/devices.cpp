// SPDX-License-Identifier: Apache-2.0
// Opening /dev/random or /dev/urandom gives a stand-in: a socket on which packets of DRBG bytes come without end. It
// stays one in whatever process it is inherited by, passed to or duplicated in. fstat calls it a character device, and
// read, which a packet would cut short, goes on until it has all that was asked for.
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "broker/protocol.h"
#include "random/broker_client.h"
#include "random/fill.h"
#include "random/own_stream.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

/// Functions that are passed on to, found when the library is loaded: the loader's lock, which dlsym takes, may be held
/// by a thread that a forked child does not have.
struct Next {
  int (*open)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  FILE* (*fopen)(const char*, const char*);
  ssize_t (*read)(int, void*, std::size_t);
};
Next g_next;

template <class Function> void find(Function& function, const char* name) noexcept {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// On 64-bit machines the functions with 64 in their names are the same as those without.
__attribute__((constructor)) void find_next() noexcept {
  find(g_next.open, "open");
  find(g_next.openat, "openat");
  find(g_next.fopen, "fopen");
  find(g_next.read, "read");
}

/// Another library's constructor may come before ours.
const Next& next() noexcept {
  if (g_next.read == nullptr)
    find_next();
  return g_next;
}

/// This process has opened a stand-in: reads that end, or find nothing, are looked at.
std::atomic<bool> g_has_stand_in{false};

bool is_random_device_number(dev_t number) noexcept {
  return number == makedev(1, 8) || number == makedev(1, 9);
}

/// The usual names are taken by their word: where the devices are refused, there is nothing else to tell them by. Other
/// ways to write them (a relative path, a double slash) by looking at the file.
bool is_random_device(int folder, const char* path) noexcept {
  if (path == nullptr)
    return false;
  const char* last = std::strrchr(path, '/');
  last = last == nullptr ? path : last + 1;
  if (std::strcmp(last, "urandom") != 0 && std::strcmp(last, "random") != 0)
    return false;
  if (std::strcmp(path, "/dev/urandom") == 0 || std::strcmp(path, "/dev/random") == 0)
    return !stays_away();
  struct stat file = {};
  return call(SYS_newfstatat, folder, path, &file, 0) == 0 && S_ISCHR(file.st_mode) &&
         is_random_device_number(file.st_rdev) && !stays_away();
}

int open_stand_in(int flags) noexcept {
  int fd = is_server() ? -1 : open_stream((flags & O_CLOEXEC) != 0);
  if (fd < 0 && !is_server())
    fd = open_own_stream((flags & O_CLOEXEC) != 0);
  if (fd < 0) {
    __atomic_fetch_add(&kif_random_counters.refused, 1, __ATOMIC_RELAXED);
    errno = ENXIO;
    return -1;
  }
  if ((flags & O_NONBLOCK) != 0)
    call(SYS_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK);
  g_has_stand_in.store(true, std::memory_order_relaxed);
  __atomic_fetch_add(&kif_random_counters.devices, 1, __ATOMIC_RELAXED);
  return fd;
}

bool is_stand_in(int fd) noexcept {
  return is_stream(fd) || is_own_stream(fd);
}

int open_file(int folder, const char* path, int flags, mode_t mode) noexcept {
  if ((flags & O_PATH) == 0 && is_random_device(folder, path))
    return open_stand_in(flags);
  return folder == AT_FDCWD ? next().open(path, flags, mode) : next().openat(folder, path, flags, mode);
}

FILE* open_stdio(const char* path, const char* mode) noexcept {
  if (!is_random_device(AT_FDCWD, path))
    return next().fopen(path, mode);
  const int fd = open_stand_in(std::strchr(mode, 'e') != nullptr ? O_CLOEXEC : 0);
  FILE* file = fd < 0 ? nullptr : ::fdopen(fd, mode);
  if (file == nullptr && fd >= 0)
    call(SYS_close, fd);
  return file;
}

/// What a device never does: a read cut short by the end of a packet, also of a stand-in that another program opened
/// and left to this one; none there yet, without blocking; an end.
bool is_unlike_a_device(ssize_t done, std::size_t length) noexcept {
  if (done == static_cast<ssize_t>(broker::k_stream_packet_bytes))
    return length > broker::k_stream_packet_bytes;
  return (done == 0 || (done < 0 && errno == EAGAIN)) && length > 0 && g_has_stand_in.load(std::memory_order_relaxed);
}

ssize_t read_file(int fd, void* buffer, std::size_t length) noexcept {
  const ssize_t first = next().read(fd, buffer, length);
  if (!is_unlike_a_device(first, length) || !is_stand_in(fd))
    return first;
  std::size_t done = first > 0 ? static_cast<std::size_t>(first) : 0;
  while (done < length) {
    const long got = call(SYS_read, fd, static_cast<char*>(buffer) + done, length - done);
    if (got == -EINTR || (got == -EAGAIN && wait_for_packet(fd)))
      continue;
    if (got <= 0)
      break;
    done += static_cast<std::size_t>(got);
  }
  return done > 0 ? static_cast<ssize_t>(done) : static_cast<ssize_t>(with_errno(-EIO));
}

int stat_descriptor(int fd, struct stat* file) noexcept {
  const long result = call(SYS_fstat, fd, file);
  if (result == 0 && S_ISSOCK(file->st_mode) && is_stand_in(fd)) {
    file->st_mode = S_IFCHR | 0666;
    file->st_rdev = makedev(1, 9);
  }
  return static_cast<int>(with_errno(result));
}

bool takes_mode(int flags) noexcept {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

} // namespace
} // namespace kif::random

using namespace kif::random;

// The mode is there only if the flags say so.
#define KIF_OPEN(function, folder)                                                                                     \
  {                                                                                                                    \
    mode_t mode = 0;                                                                                                   \
    if (takes_mode(flags)) {                                                                                           \
      std::va_list arguments;                                                                                          \
      va_start(arguments, flags);                                                                                      \
      mode = va_arg(arguments, mode_t);                                                                                \
      va_end(arguments);                                                                                               \
    }                                                                                                                  \
    return open_file(folder, path, flags, mode);                                                                       \
  }

extern "C" {

int open_of_kif(const char* path, int flags, ...) KIF_EXPORT("open");
int open64_of_kif(const char* path, int flags, ...) KIF_EXPORT("open64");
int openat_of_kif(int folder, const char* path, int flags, ...) KIF_EXPORT("openat");
int openat64_of_kif(int folder, const char* path, int flags, ...) KIF_EXPORT("openat64");
// As programs with _FORTIFY_SOURCE call them.
int open_2_of_kif(const char* path, int flags) KIF_EXPORT("__open_2");
int open64_2_of_kif(const char* path, int flags) KIF_EXPORT("__open64_2");
int openat_2_of_kif(int folder, const char* path, int flags) KIF_EXPORT("__openat_2");
int openat64_2_of_kif(int folder, const char* path, int flags) KIF_EXPORT("__openat64_2");
FILE* fopen_of_kif(const char* path, const char* mode) KIF_EXPORT("fopen");
FILE* fopen64_of_kif(const char* path, const char* mode) KIF_EXPORT("fopen64");
ssize_t read_of_kif(int fd, void* buffer, std::size_t length) KIF_EXPORT("read");
ssize_t read_chk_of_kif(int fd, void* buffer, std::size_t length, std::size_t room) KIF_EXPORT("__read_chk");
int fstat_of_kif(int fd, struct stat* file) KIF_EXPORT("fstat");
int fstat64_of_kif(int fd, struct stat* file) KIF_EXPORT("fstat64");
// As programs built with glibc before 2.33 call it.
int fxstat_of_kif(int version, int fd, struct stat* file) KIF_EXPORT("__fxstat");
int fxstat64_of_kif(int version, int fd, struct stat* file) KIF_EXPORT("__fxstat64");

int open_of_kif(const char* path, int flags, ...) KIF_OPEN(open, AT_FDCWD)
int open64_of_kif(const char* path, int flags, ...) KIF_OPEN(open64, AT_FDCWD)
int openat_of_kif(int folder, const char* path, int flags, ...) KIF_OPEN(openat, folder)
int openat64_of_kif(int folder, const char* path, int flags, ...) KIF_OPEN(openat64, folder)

int open_2_of_kif(const char* path, int flags) {
  return open_file(AT_FDCWD, path, flags, 0);
}
int open64_2_of_kif(const char* path, int flags) {
  return open_file(AT_FDCWD, path, flags, 0);
}
int openat_2_of_kif(int folder, const char* path, int flags) {
  return open_file(folder, path, flags, 0);
}
int openat64_2_of_kif(int folder, const char* path, int flags) {
  return open_file(folder, path, flags, 0);
}

FILE* fopen_of_kif(const char* path, const char* mode) {
  return open_stdio(path, mode);
}
FILE* fopen64_of_kif(const char* path, const char* mode) {
  return open_stdio(path, mode);
}

ssize_t read_of_kif(int fd, void* buffer, std::size_t length) {
  return read_file(fd, buffer, length);
}
ssize_t read_chk_of_kif(int fd, void* buffer, std::size_t length, std::size_t room) {
  if (length > room)
    __builtin_trap(); // glibc's own ends the process as well
  return read_file(fd, buffer, length);
}

int fstat_of_kif(int fd, struct stat* file) {
  return stat_descriptor(fd, file);
}
int fstat64_of_kif(int fd, struct stat* file) {
  return stat_descriptor(fd, file);
}
int fxstat_of_kif(int, int fd, struct stat* file) {
  return stat_descriptor(fd, file);
}
int fxstat64_of_kif(int, int fd, struct stat* file) {
  return stat_descriptor(fd, file);
}

} // extern "C"
