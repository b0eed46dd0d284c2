// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "caller.h"

long raw_getrandom(void* buffer, size_t length, unsigned flags) {
#if defined(__x86_64__)
  long result = SYS_getrandom;
  __asm__ volatile("syscall" : "+a"(result) : "D"(buffer), "S"(length), "d"(flags) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number __asm__("x8") = SYS_getrandom;
  register long a __asm__("x0") = (long)buffer;
  register long b __asm__("x1") = (long)length;
  register long c __asm__("x2") = (long)flags;
  __asm__ volatile("svc 0" : "+r"(a) : "r"(number), "r"(b), "r"(c) : "memory");
  return a;
#else
#error "no system call instruction is known for this architecture"
#endif
}

long libc_getrandom(void* buffer, size_t length, unsigned flags) {
  const ssize_t got = getrandom(buffer, length, flags);
  return got < 0 ? -errno : got;
}
