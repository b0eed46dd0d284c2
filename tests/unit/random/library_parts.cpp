// SPDX-License-Identifier: Apache-2.0
// What the assembly goes to, of the files that are not in this program.
#include <cerrno>
#include <cstddef>

#include <sys/syscall.h>
#include <sys/types.h>

#include "random/syscalls.h"

extern "C" {
ssize_t kif_getrandom(void* buffer, std::size_t length, unsigned flags) {
  return kif::random::with_errno(kif::random::call(SYS_getrandom, buffer, length, flags));
}
long kif_fail_syscall(long result) {
  return kif::random::with_errno(result);
}
long kif_open_syscall(long number, long a, long b, long c, long d) {
  return kif::random::with_errno(kif::random::call(number, a, b, c, d));
}
long kif_statx_syscall(long number, long folder, long path, long flags, long mask, long file) {
  return kif::random::with_errno(kif::random::call(number, folder, path, flags, mask, file));
}
long kif_seccomp(unsigned operation, unsigned flags, void* arguments) {
  return kif::random::with_errno(kif::random::call(SYS_seccomp, operation, flags, arguments));
}
}
