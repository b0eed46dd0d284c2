// SPDX-License-Identifier: Apache-2.0
// The C functions that programs ask for random bytes. Each takes the place of glibc's by its name alone, which
// satisfies references to every version of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <sys/syscall.h>
#include <unistd.h>

#include "random/fill.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace {

using kif::random::fill;

/// These have no way to say that there are no bytes, and glibc's own end the process then.
void fill_or_die(void* buffer, std::size_t length) noexcept {
  auto* out = static_cast<char*>(buffer);
  while (length > 0) {
    const ssize_t got = fill(out, length, 0);
    if (got == -EINTR)
      continue;
    if (got <= 0) {
      constexpr char text[] = "libkif-random: error: cannot serve arc4random: no random bytes, and it cannot fail\n";
      kif::random::call(SYS_write, STDERR_FILENO, text, sizeof text - 1);
      std::abort();
    }
    out += got;
    length -= static_cast<std::size_t>(got);
  }
}

} // namespace

extern "C" {

// syscall(SYS_getrandom, …) comes here too.
ssize_t kif_getrandom(void* buffer, std::size_t length, unsigned flags) noexcept __attribute__((visibility("hidden")));
long kif_fail_syscall(long result) noexcept __attribute__((visibility("hidden")));

ssize_t getrandom_of_kif(void* buffer, std::size_t length, unsigned flags) noexcept KIF_EXPORT("getrandom");
int getentropy_of_kif(void* buffer, std::size_t length) noexcept KIF_EXPORT("getentropy");
std::uint32_t arc4random_of_kif() noexcept KIF_EXPORT("arc4random");
void arc4random_buf_of_kif(void* buffer, std::size_t length) noexcept KIF_EXPORT("arc4random_buf");
std::uint32_t arc4random_uniform_of_kif(std::uint32_t bound) noexcept KIF_EXPORT("arc4random_uniform");

ssize_t kif_getrandom(void* buffer, std::size_t length, unsigned flags) noexcept {
  return kif::random::with_errno(fill(buffer, length, flags));
}

long kif_fail_syscall(long result) noexcept {
  return kif::random::with_errno(result);
}

ssize_t getrandom_of_kif(void* buffer, std::size_t length, unsigned flags) noexcept {
  return kif_getrandom(buffer, length, flags);
}

// All or nothing, at most 256 bytes (getentropy(3)).
int getentropy_of_kif(void* buffer, std::size_t length) noexcept {
  if (length > 256) {
    errno = EIO;
    return -1;
  }
  auto* out = static_cast<char*>(buffer);
  while (length > 0) {
    const ssize_t got = fill(out, length, 0);
    if (got == -EINTR)
      continue;
    if (got <= 0)
      return static_cast<int>(kif::random::with_errno(got < 0 ? got : -EIO));
    out += got;
    length -= static_cast<std::size_t>(got);
  }
  return 0;
}

void arc4random_buf_of_kif(void* buffer, std::size_t length) noexcept {
  fill_or_die(buffer, length);
}

std::uint32_t arc4random_of_kif() noexcept {
  std::uint32_t number = 0;
  fill_or_die(&number, sizeof number);
  return number;
}

// Uniform below `bound`: numbers below 2^32 mod bound are drawn again, so that what is left is a multiple of it.
std::uint32_t arc4random_uniform_of_kif(std::uint32_t bound) noexcept {
  if (bound < 2)
    return 0;
  const std::uint32_t least = -bound % bound;
  std::uint32_t number = 0;
  do
    number = arc4random_of_kif();
  while (number < least);
  return number % bound;
}

} // extern "C"
