// SPDX-License-Identifier: Apache-2.0
// What a stand-in says of itself: the character device that it stands for.
#include <cstdarg>

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "random/device_names.h"
#include "random/next_function.h"
#include "random/stand_in.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace kif::random {
namespace {

/// fcntl(2) can wait for a lock, and a thread be cancelled in it. The C library's statx does without the system call
/// where there is none.
int (*g_next_fcntl)(int, int, ...);
int (*g_next_statx)(int, const char*, int, unsigned, struct statx*);

__attribute__((constructor)) void find_all() noexcept {
  find_next(g_next_fcntl, "fcntl");
  find_next(g_next_statx, "statx");
}

constexpr mode_t k_mode = S_IFCHR | 0666;
constexpr unsigned k_block_bytes = 4096;
/// As open(2) adds it on 64-bit machines (asm/fcntl.h): the C library's own O_LARGEFILE is 0 there.
#if defined(__x86_64__)
constexpr int k_large_file = 0100000;
#else
constexpr int k_large_file = 0400000;
#endif

/// As the named file says it, so that both are one, as for programs that look before they open and after. Where devices
/// are refused, something else lies there.
void describe(int fd, struct stat& file) noexcept {
  const Device device = device_of(fd);
  struct stat named = {};
  if (call(SYS_newfstatat, AT_FDCWD, device == Device::random ? "/dev/random" : "/dev/urandom", &named, 0) == 0) {
    file = named;
    if (device_of_file(named.st_mode, named.st_rdev) == device)
      return;
  }
  file.st_mode = k_mode;
  file.st_rdev = number_of(device);
  file.st_uid = file.st_gid = 0;
  file.st_size = 0;
  file.st_blocks = 0;
  file.st_blksize = k_block_bytes;
}

int stat_descriptor(int fd, struct stat* file) noexcept {
  const long result = look_at(fd, *file);
  if (result == 0 && S_ISSOCK(file->st_mode) && is_stand_in(fd))
    describe(fd, *file);
  return static_cast<int>(with_errno(result));
}

bool is_of_descriptor(int folder, const char* path, int flags) noexcept {
  return (flags & AT_EMPTY_PATH) != 0 && folder >= 0 && (path == nullptr || *path == '\0');
}

int stat_path(int folder, const char* path, struct stat* file, int flags) noexcept {
  const long result = call(SYS_newfstatat, folder, path, file, flags);
  if (result == 0 && S_ISSOCK(file->st_mode) && is_of_descriptor(folder, path, flags) && is_stand_in(folder))
    describe(folder, *file);
  return static_cast<int>(with_errno(result));
}

/// `result`: what statx gave, or a negative errno.
long look_closer(long result, int folder, const char* path, int flags, struct statx* file) noexcept {
  if (result == 0 && S_ISSOCK(file->stx_mode) && is_of_descriptor(folder, path, flags) && is_stand_in(folder)) {
    struct stat described = {};
    described.st_ino = file->stx_ino;
    described.st_dev = makedev(file->stx_dev_major, file->stx_dev_minor);
    describe(folder, described);
    file->stx_mode = static_cast<std::uint16_t>(described.st_mode);
    file->stx_rdev_major = major(described.st_rdev);
    file->stx_rdev_minor = minor(described.st_rdev);
    file->stx_dev_major = major(described.st_dev);
    file->stx_dev_minor = minor(described.st_dev);
    file->stx_ino = described.st_ino;
    file->stx_uid = described.st_uid;
    file->stx_gid = described.st_gid;
    file->stx_blksize = static_cast<std::uint32_t>(described.st_blksize);
  }
  return with_errno(result);
}

int control_descriptor(int fd, int command, void* argument) noexcept {
  if (g_next_fcntl == nullptr)
    find_all(); // another library's constructor may come before ours
  const int result = g_next_fcntl(fd, command, argument);
  return command == F_GETFL && result >= 0 && has_opened_stand_in() && is_stand_in(fd)
             ? (result & ~O_ACCMODE) | access_of(fd) | k_large_file
             : result;
}

/// As drivers/char/random.c (random_ioctl) answers a process without CAP_SYS_ADMIN, which the containers' have not.
int answer_as_device(int fd, unsigned long request, void* argument) noexcept {
  switch (request) {
  case RNDGETENTCNT: {
    // Once it is seeded, the kernel says 256 for ever (POOL_READY_BITS).
    constexpr int bits = 256;
    // The kernel writes a number there first, so that a bad address is an error, as of a device.
    socklen_t size = sizeof bits;
    if (const long written = call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, argument, &size); written != 0)
      return static_cast<int>(with_errno(written));
    *static_cast<int*>(argument) = bits;
    return 0;
  }
  case RNDADDTOENTCNT:
  case RNDADDENTROPY:
  case RNDZAPENTCNT:
  case RNDCLEARPOOL:
  case _IO('R', 0x07): // RNDRESEEDCRNG, which older headers lack
    return static_cast<int>(with_errno(-EPERM));
  default:
    return static_cast<int>(with_errno(-EINVAL));
  }
}

int control_device(int fd, unsigned long request, void* argument) noexcept {
  const long result = call(SYS_ioctl, fd, request, argument);
  // A socket knows no request of the devices'; and it tells how much lies ready, which they do not.
  const bool is_unlike_a_device = result == -ENOTTY || (request == FIONREAD && result == 0 && has_opened_stand_in());
  if (is_unlike_a_device && is_stand_in(fd))
    return answer_as_device(fd, request, argument);
  return static_cast<int>(with_errno(result));
}

} // namespace
} // namespace kif::random

using namespace kif::random;

#define KIF_ONE_ARGUMENT(after)                                                                                        \
  std::va_list arguments;                                                                                              \
  va_start(arguments, after);                                                                                          \
  void* argument = va_arg(arguments, void*);                                                                           \
  va_end(arguments)

extern "C" {

// syscall(SYS_statx, …) comes here.
long kif_statx_syscall(long number, long folder, long path, long flags, long mask, long file) noexcept
    __attribute__((visibility("hidden")));

int fstat_of_kif(int fd, struct stat* file) noexcept KIF_EXPORT("fstat");
int fstat64_of_kif(int fd, struct stat* file) noexcept KIF_EXPORT("fstat64");
int fstatat_of_kif(int folder, const char* path, struct stat* file, int flags) noexcept KIF_EXPORT("fstatat");
int fstatat64_of_kif(int folder, const char* path, struct stat* file, int flags) noexcept KIF_EXPORT("fstatat64");
int statx_of_kif(int folder, const char* path, int flags, unsigned mask, struct statx* file) noexcept
    KIF_EXPORT("statx");
// As programs built with glibc before 2.33 call it.
int fxstat_of_kif(int version, int fd, struct stat* file) noexcept KIF_EXPORT("__fxstat");
int fxstat64_of_kif(int version, int fd, struct stat* file) noexcept KIF_EXPORT("__fxstat64");
int fcntl_of_kif(int fd, int command, ...) KIF_EXPORT("fcntl");
int fcntl64_of_kif(int fd, int command, ...) KIF_EXPORT("fcntl64");
int ioctl_of_kif(int fd, unsigned long request, ...) noexcept KIF_EXPORT("ioctl");

long kif_statx_syscall(long number, long folder, long path, long flags, long mask, long file) noexcept {
  return look_closer(call(number, folder, path, flags, mask, file), static_cast<int>(folder),
                     reinterpret_cast<const char*>(path), static_cast<int>(flags),
                     reinterpret_cast<struct statx*>(file));
}

int fstat_of_kif(int fd, struct stat* file) noexcept {
  return stat_descriptor(fd, file);
}
int fstat64_of_kif(int fd, struct stat* file) noexcept {
  return stat_descriptor(fd, file);
}
int fstatat_of_kif(int folder, const char* path, struct stat* file, int flags) noexcept {
  return stat_path(folder, path, file, flags);
}
int fstatat64_of_kif(int folder, const char* path, struct stat* file, int flags) noexcept {
  return stat_path(folder, path, file, flags);
}
int statx_of_kif(int folder, const char* path, int flags, unsigned mask, struct statx* file) noexcept {
  if (g_next_statx == nullptr)
    find_all(); // another library's constructor may come before ours
  const long result = g_next_statx(folder, path, flags, mask, file) == 0 ? 0 : -errno;
  return static_cast<int>(look_closer(result, folder, path, flags, file));
}
int fxstat_of_kif(int, int fd, struct stat* file) noexcept {
  return stat_descriptor(fd, file);
}
int fxstat64_of_kif(int, int fd, struct stat* file) noexcept {
  return stat_descriptor(fd, file);
}

int fcntl_of_kif(int fd, int command, ...) {
  KIF_ONE_ARGUMENT(command);
  return control_descriptor(fd, command, argument);
}
int fcntl64_of_kif(int fd, int command, ...) {
  KIF_ONE_ARGUMENT(command);
  return control_descriptor(fd, command, argument);
}
int ioctl_of_kif(int fd, unsigned long request, ...) noexcept {
  KIF_ONE_ARGUMENT(request);
  return control_device(fd, request, argument);
}

} // extern "C"
