// SPDX-License-Identifier: Apache-2.0
// System calls without errno, without cancellation, and past this library's own functions.
#pragma once

#include <cerrno>
#include <cstdint>

extern "C" {
/// As syscall(2), but a failure is a negative errno.
long kif_raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) noexcept
    __attribute__((visibility("hidden")));
}

namespace kif::random {

template <class... Arguments> long call(long number, Arguments... arguments) noexcept {
  return kif_raw_syscall(number, (long)(arguments)...); // NOLINT: pointers and numbers alike
}

/// A raw result as C functions give it.
inline long with_errno(long result) noexcept {
  if (result >= 0)
    return result;
  errno = static_cast<int>(-result);
  return -1;
}

} // namespace kif::random
