// SPDX-License-Identifier: Apache-2.0
// Opening /dev/random or /dev/urandom gives a stand-in, by whatever name it is opened.
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "random/device_names.h"
#include "random/next_function.h"
#include "random/stand_in.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

struct Next {
  int (*open)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  FILE* (*fopen)(const char*, const char*);
  FILE* (*freopen)(const char*, const char*, FILE*);
};
Next g_next;

__attribute__((constructor)) void find_all() noexcept {
  find_next(g_next.open, "open");
  find_next(g_next.openat, "openat");
  find_next(g_next.fopen, "fopen");
  find_next(g_next.freopen, "freopen");
}

/// Another library's constructor may come before ours.
const Next& next() noexcept {
  if (g_next.freopen == nullptr)
    find_all();
  return g_next;
}

/// Around whatever opens: `open_it` gives a descriptor or a negative errno. `path`: null, where it cannot be followed.
template <class Open> long open_around(int folder, const char* path, std::uint64_t flags, Open open_it) noexcept {
  if ((flags & O_PATH) != 0)
    return open_it();
  const int short_flags = static_cast<int>(flags);
  if (const Device device = device_named(folder, path); device != Device::none)
    return open_stand_in(device, short_flags);
  const long fd = open_it();
  // Nothing that was made just now, and no folder, is a device.
  const bool is_new = (flags & O_DIRECTORY) != 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  if (fd >= 0 && !is_new) {
    const Device device = device_of_kernel(static_cast<int>(fd));
    return device == Device::none ? fd : replace_by_stand_in(static_cast<int>(fd), device, short_flags);
  }
  if ((fd == -ENXIO || fd == -EACCES) && path != nullptr)
    if (const Device device = device_refused(folder, path); device != Device::none)
      return open_stand_in(device, short_flags);
  return fd;
}

int open_file(int folder, const char* path, int flags, mode_t mode) noexcept {
  return static_cast<int>(with_errno(
      open_around(folder, path, static_cast<unsigned>(flags), [folder, path, flags, mode]() noexcept -> long {
        const int fd = folder == AT_FDCWD ? next().open(path, flags, mode) : next().openat(folder, path, flags, mode);
        return fd < 0 ? -errno : fd;
      })));
}

/// By the same rules, without opening it.
Device device_refused_by(open_how how, int folder, const char* path) noexcept {
  how.flags = O_PATH | O_CLOEXEC | (how.flags & O_NOFOLLOW);
  how.mode = 0;
  const int fd = static_cast<int>(call(SYS_openat2, folder, path, &how, sizeof how));
  const Device device = fd < 0 ? Device::none : device_in_place(fd);
  if (fd >= 0)
    call(SYS_close, fd);
  return device;
}

/// As fopen(3) has them; −1: no mode.
int flags_of(const char* mode) noexcept {
  int flags = *mode == 'r' ? 0 : *mode == 'w' ? O_CREAT | O_TRUNC : *mode == 'a' ? O_CREAT | O_APPEND : -1;
  if (flags < 0)
    return -1;
  flags |= std::strchr(mode, '+') != nullptr ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
  for (const char* letter = mode + 1; *letter != '\0' && *letter != ','; ++letter)
    flags |= *letter == 'x' ? O_EXCL : *letter == 'e' ? O_CLOEXEC : 0;
  return flags;
}

FILE* open_stand_in_stdio(Device device, const char* mode) noexcept {
  const int fd = static_cast<int>(with_errno(open_stand_in(device, flags_of(mode))));
  FILE* file = fd < 0 ? nullptr : ::fdopen(fd, mode);
  if (fd >= 0) // fclose closes past this library
    note_closed(static_cast<unsigned>(fd), static_cast<unsigned>(fd));
  if (file == nullptr && fd >= 0)
    call(SYS_close, fd);
  return file;
}

/// The number of what was opened is given another meaning.
FILE* with_stand_in_for(FILE* file, Device device, const char* mode) noexcept {
  const int fd = ::fileno(file);
  const int result = replace_by_stand_in(fd, device, flags_of(mode));
  note_closed(static_cast<unsigned>(fd), static_cast<unsigned>(fd)); // fclose closes past this library
  if (result >= 0)
    return file;
  ::fclose(file);
  errno = -result;
  return nullptr;
}

/// `file` was opened, and may be the kernel's device.
FILE* with_stand_in(FILE* file, const char* mode) noexcept {
  const int fd = file == nullptr ? -1 : ::fileno(file);
  const Device device = fd < 0 ? Device::none : device_of_kernel(fd);
  return device == Device::none ? file : with_stand_in_for(file, device, mode);
}

FILE* open_stdio(const char* path, const char* mode) noexcept {
  if (flags_of(mode) < 0)
    return next().fopen(path, mode);
  if (const Device device = device_named(AT_FDCWD, path); device != Device::none)
    return open_stand_in_stdio(device, mode);
  FILE* file = next().fopen(path, mode);
  const int error = errno;
  if (file != nullptr || (error != ENXIO && error != EACCES))
    return with_stand_in(file, mode);
  if (const Device device = device_refused(AT_FDCWD, path); device != Device::none)
    return open_stand_in_stdio(device, mode);
  errno = error;
  return nullptr;
}

FILE* reopen_stdio(const char* path, const char* mode, FILE* file) noexcept {
  const Device device = flags_of(mode) < 0 ? Device::none : device_named(AT_FDCWD, path);
  if (device == Device::none)
    return with_stand_in(next().freopen(path, mode, file), mode);
  // The stream is first led to a file that can be opened in each way, and its number then given to the stand-in.
  FILE* reopened = (flags_of(mode) & O_EXCL) != 0 ? nullptr : next().freopen("/dev/null", mode, file);
  if (reopened == nullptr)
    return next().freopen(path, mode, file);
  return with_stand_in_for(reopened, device, mode);
}

bool takes_mode(int flags) noexcept {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

} // namespace
} // namespace kif::random

using namespace kif::random;

// The mode is there only if the flags say so.
#define KIF_OPEN(folder)                                                                                               \
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

// syscall(SYS_open, …), SYS_openat and SYS_openat2 come here. A raw result.
long kif_open_syscall(long number, long a, long b, long c, long d) noexcept __attribute__((visibility("hidden")));

int open_of_kif(const char* path, int flags, ...) KIF_EXPORT("open");
int open64_of_kif(const char* path, int flags, ...) KIF_EXPORT("open64");
int openat_of_kif(int folder, const char* path, int flags, ...) KIF_EXPORT("openat");
int openat64_of_kif(int folder, const char* path, int flags, ...) KIF_EXPORT("openat64");
int creat_of_kif(const char* path, mode_t mode) KIF_EXPORT("creat");
int creat64_of_kif(const char* path, mode_t mode) KIF_EXPORT("creat64");
// As programs with _FORTIFY_SOURCE call them.
int open_2_of_kif(const char* path, int flags) KIF_EXPORT("__open_2");
int open64_2_of_kif(const char* path, int flags) KIF_EXPORT("__open64_2");
int openat_2_of_kif(int folder, const char* path, int flags) KIF_EXPORT("__openat_2");
int openat64_2_of_kif(int folder, const char* path, int flags) KIF_EXPORT("__openat64_2");
FILE* fopen_of_kif(const char* path, const char* mode) KIF_EXPORT("fopen");
FILE* fopen64_of_kif(const char* path, const char* mode) KIF_EXPORT("fopen64");
FILE* freopen_of_kif(const char* path, const char* mode, FILE* file) KIF_EXPORT("freopen");
FILE* freopen64_of_kif(const char* path, const char* mode, FILE* file) KIF_EXPORT("freopen64");

// clang-format off
int open_of_kif(const char* path, int flags, ...) KIF_OPEN(AT_FDCWD)
int open64_of_kif(const char* path, int flags, ...) KIF_OPEN(AT_FDCWD)
int openat_of_kif(int folder, const char* path, int flags, ...) KIF_OPEN(folder)
int openat64_of_kif(int folder, const char* path, int flags, ...) KIF_OPEN(folder)
    // clang-format on

    int creat_of_kif(const char* path, mode_t mode) {
  return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64_of_kif(const char* path, mode_t mode) {
  return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
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
FILE* freopen_of_kif(const char* path, const char* mode, FILE* file) {
  return reopen_stdio(path, mode, file);
}
FILE* freopen64_of_kif(const char* path, const char* mode, FILE* file) {
  return reopen_stdio(path, mode, file);
}

long kif_open_syscall(long number, long a, long b, long c, long d) noexcept {
  const auto raw = [number, a, b, c, d]() noexcept { return call(number, a, b, c, d); };
#ifdef SYS_open
  if (number == SYS_open)
    return with_errno(open_around(AT_FDCWD, reinterpret_cast<const char*>(a), static_cast<unsigned>(b), raw));
#endif
  const auto* path = reinterpret_cast<const char*>(b);
  if (number == SYS_openat)
    return with_errno(open_around(static_cast<int>(a), path, static_cast<unsigned>(c), raw));
  const auto* how = reinterpret_cast<const open_how*>(c);
  if (how == nullptr || static_cast<std::size_t>(d) < sizeof *how)
    return with_errno(raw());
  if (how->resolve == 0)
    return with_errno(open_around(static_cast<int>(a), path, how->flags, raw));
  // A path below another root, or with rules of the caller's own, is the kernel's to follow. What it led to is looked
  // at.
  const long fd = open_around(static_cast<int>(a), nullptr, how->flags, raw);
  const Device device =
      fd == -ENXIO || fd == -EACCES ? device_refused_by(*how, static_cast<int>(a), path) : Device::none;
  return with_errno(device == Device::none ? fd : open_stand_in(device, static_cast<int>(how->flags)));
}

} // extern "C"
