// SPDX-License-Identifier: Apache-2.0
// A library that is named as libc is and asks the kernel as malloc does: what excuses the real one must not excuse it.
#define GRND_NONBLOCK 1L

static long draw(char* into) {
#if defined(__x86_64__)
  register long result __asm__("rax") = 318;
  __asm__ volatile("syscall" : "+r"(result) : "D"(into), "S"(8L), "d"(GRND_NONBLOCK) : "rcx", "r11", "memory");
#else
  register long number __asm__("x8") = 278;
  register long result __asm__("x0") = (long)into;
  register long bytes __asm__("x1") = 8;
  register long flags __asm__("x2") = GRND_NONBLOCK;
  __asm__ volatile("svc 0" : "+r"(result) : "r"(number), "r"(bytes), "r"(flags) : "memory");
#endif
  return result;
}

long take(void) {
  char bytes[8];
  return draw(bytes);
}
