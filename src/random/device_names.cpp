// SPDX-License-Identifier: Apache-2.0
#include "random/device_names.h"

#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "random/confinement.h"
#include "random/fill.h"
#include "random/next_function.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// The C library's own, for programs that lock themselves in: they allow the system call which that one makes. Some
/// make one that is several times as slow.
int (*g_fstat)(int, struct stat*);
__attribute__((constructor)) void find_all() noexcept {
  find_next(g_fstat, "fstat");
}

constexpr char k_random[] = "/dev/random";
constexpr char k_urandom[] = "/dev/urandom";

bool look(int folder, const char* path, struct stat& file) noexcept {
  return call(SYS_newfstatat, folder, path, &file, 0) == 0;
}

bool is_same(const struct stat& file, const char* path) noexcept {
  struct stat other = {};
  return look(AT_FDCWD, path, other) && other.st_dev == file.st_dev && other.st_ino == file.st_ino;
}

/// Where the devices are refused, something else lies in their place.
Device device_in_place(const struct stat& file) noexcept {
  if (const Device device = device_of_file(file.st_mode, file.st_rdev); device != Device::none)
    return device;
  return is_same(file, k_urandom) ? Device::urandom : is_same(file, k_random) ? Device::random : Device::none;
}

/// The number at the end of a path, or that of a stream's name; −1: none.
int descriptor_named(const char* path) noexcept {
  const char* last = std::strrchr(path, '/');
  last = last == nullptr ? path : last + 1;
  if (std::strcmp(last, "stdin") == 0)
    return 0;
  int number = *last == '\0' ? -1 : 0;
  for (; *last != '\0'; ++last) {
    if (*last < '0' || *last > '9' || number > 100'000'000)
      return -1;
    number = number * 10 + (*last - '0');
  }
  return number;
}

} // namespace

Device device_of_file(mode_t mode, dev_t number) noexcept {
  if (!S_ISCHR(mode))
    return Device::none;
  return number == number_of(Device::random)    ? Device::random
         : number == number_of(Device::urandom) ? Device::urandom
                                                : Device::none;
}

Device device_named(int folder, const char* path) noexcept {
  if (path == nullptr)
    return Device::none;
  const char* last = std::strrchr(path, '/');
  last = last == nullptr ? path : last + 1;
  if (std::strcmp(last, k_urandom + 5) != 0 && std::strcmp(last, k_random + 5) != 0)
    return Device::none;
  if (stays_away())
    return Device::none;
  if (std::strcmp(path, k_urandom) == 0)
    return Device::urandom;
  if (std::strcmp(path, k_random) == 0)
    return Device::random;
  struct stat file = {};
  return look(folder, path, file) ? device_in_place(file) : Device::none;
}

Device device_refused(int folder, const char* path) noexcept {
  struct stat file = {};
  if (stays_away() || !look(folder, path, file))
    return Device::none;
  const int fd = descriptor_named(path);
  struct stat opened = {};
  if (fd >= 0 && S_ISSOCK(file.st_mode) && call(SYS_fstat, fd, &opened) == 0 && opened.st_dev == file.st_dev &&
      opened.st_ino == file.st_ino && is_stand_in(fd))
    return device_of(fd);
  return device_in_place(file);
}

long look_at(int fd, struct stat& file) noexcept {
  if (!has_installed_filter())
    return call(SYS_fstat, fd, &file);
  if (g_fstat == nullptr)
    find_all(); // another library's constructor may come before ours
  const int before = errno;
  const long result = g_fstat(fd, &file) == 0 ? 0 : -errno;
  errno = before;
  return result;
}

Device device_in_place(int fd) noexcept {
  struct stat file = {};
  return !stays_away() && look_at(fd, file) == 0 ? device_in_place(file) : Device::none;
}

Device device_of_kernel(int fd) noexcept {
  struct stat file = {};
  return !stays_away() && look_at(fd, file) == 0 ? device_of_file(file.st_mode, file.st_rdev) : Device::none;
}

} // namespace kif::random
