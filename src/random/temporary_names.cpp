// SPDX-License-Identifier: Apache-2.0
// mkdtemp, mkstemp and their kin. glibc's draw the letters of a name from the kernel, past every function that could
// take getrandom's place; these take them from where all other bytes come from.
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>

#include "random/fill.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

namespace {

using kif::random::call;

constexpr char k_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t k_letter_count = sizeof k_letters - 1;
constexpr std::size_t k_drawn_letters = 6;
constexpr char k_placeholder[] = "XXXXXX";
// As many as glibc tries (sysdeps/posix/tempname.c: 62³); POSIX asks for TMP_MAX at least.
constexpr int k_attempts = 62 * 62 * 62;

/// Writes names into the template until `make` gives something else than -EEXIST. Gives its result, or -EINVAL for a
/// template that does not end as it must.
template <class Make> long with_new_name(char* name, int suffix_length, Make make) noexcept {
  const std::size_t length = std::strlen(name);
  if (suffix_length < 0 || length < k_drawn_letters + static_cast<std::size_t>(suffix_length))
    return -EINVAL;
  char* letters = name + length - static_cast<std::size_t>(suffix_length) - k_drawn_letters;
  if (std::memcmp(letters, k_placeholder, k_drawn_letters) != 0)
    return -EINVAL;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    std::uint64_t number = 0; // 62^6 names: what is left over by the division weighs less than 2^-28
    ssize_t got = 0;
    do
      got = kif::random::fill(&number, sizeof number, 0);
    while (got == -EINTR);
    if (got != sizeof number)
      return got < 0 ? got : -EIO;
    for (std::size_t i = 0; i < k_drawn_letters; ++i, number /= k_letter_count)
      letters[i] = k_letters[number % k_letter_count];
    const long made = make(name);
    if (made != -EEXIST)
      return made;
  }
  return -EEXIST;
}

int make_file(char* name, int suffix_length, int flags) noexcept {
  const int all = (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL;
  return static_cast<int>(kif::random::with_errno(with_new_name(name, suffix_length, [all](const char* path) noexcept {
    return call(SYS_openat, AT_FDCWD, path, all, S_IRUSR | S_IWUSR);
  })));
}

} // namespace

extern "C" {

char* mkdtemp_of_kif(char* name) noexcept KIF_EXPORT("mkdtemp");
int mkstemp_of_kif(char* name) noexcept KIF_EXPORT("mkstemp");
int mkstemp64_of_kif(char* name) noexcept KIF_EXPORT("mkstemp64");
int mkstemps_of_kif(char* name, int suffix_length) noexcept KIF_EXPORT("mkstemps");
int mkstemps64_of_kif(char* name, int suffix_length) noexcept KIF_EXPORT("mkstemps64");
int mkostemp_of_kif(char* name, int flags) noexcept KIF_EXPORT("mkostemp");
int mkostemp64_of_kif(char* name, int flags) noexcept KIF_EXPORT("mkostemp64");
int mkostemps_of_kif(char* name, int suffix_length, int flags) noexcept KIF_EXPORT("mkostemps");
int mkostemps64_of_kif(char* name, int suffix_length, int flags) noexcept KIF_EXPORT("mkostemps64");

char* mkdtemp_of_kif(char* name) noexcept {
  const long made =
      with_new_name(name, 0, [](const char* path) noexcept { return call(SYS_mkdirat, AT_FDCWD, path, S_IRWXU); });
  return kif::random::with_errno(made) == 0 ? name : nullptr;
}

// With a 64-bit off_t a file needs no O_LARGEFILE: the two families are one.
int mkstemp_of_kif(char* name) noexcept {
  return make_file(name, 0, 0);
}
int mkstemp64_of_kif(char* name) noexcept {
  return make_file(name, 0, 0);
}
int mkstemps_of_kif(char* name, int suffix_length) noexcept {
  return make_file(name, suffix_length, 0);
}
int mkstemps64_of_kif(char* name, int suffix_length) noexcept {
  return make_file(name, suffix_length, 0);
}
int mkostemp_of_kif(char* name, int flags) noexcept {
  return make_file(name, 0, flags);
}
int mkostemp64_of_kif(char* name, int flags) noexcept {
  return make_file(name, 0, flags);
}
int mkostemps_of_kif(char* name, int suffix_length, int flags) noexcept {
  return make_file(name, suffix_length, flags);
}
int mkostemps64_of_kif(char* name, int suffix_length, int flags) noexcept {
  return make_file(name, suffix_length, flags);
}

} // extern "C"
