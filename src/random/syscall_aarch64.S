/* SPDX-License-Identifier: Apache-2.0
 * syscall(2) as glibc has it, but for getrandom, seccomp, and what opens or looks at a random device. See syscall_x86_64.S. */
#include <asm/unistd.h>

  .text

  .globl syscall
  .type syscall, %function
syscall:
  .cfi_startproc
  hint #34
  cmp x0, #__NR_getrandom
  b.eq 1f
  cmp x0, #__NR_seccomp
  b.eq 3f
  cmp x0, #__NR_openat
  b.eq 5f
  cmp x0, #__NR_statx
  b.eq 6f
  mov x9, #__NR_openat2
  cmp x0, x9
  b.eq 5f
  mov x8, x0
  mov x0, x1
  mov x1, x2
  mov x2, x3
  mov x3, x4
  mov x4, x5
  mov x5, x6
  svc #0
  cmn x0, #4095
  b.cs 2f
  ret
1:
  mov x0, x1
  mov x1, x2
  mov w2, w3
  b kif_getrandom
3:
  mov w0, w1
  mov w1, w2
  mov x2, x3
  b kif_seccomp
2:
  b kif_fail_syscall
5: /* the number and its arguments lie where a C function looks for them */
  b kif_open_syscall
6:
  b kif_statx_syscall
  .cfi_endproc
  .size syscall, . - syscall

  .globl kif_raw_syscall
  .hidden kif_raw_syscall
  .type kif_raw_syscall, %function
kif_raw_syscall:
  .cfi_startproc
  hint #34
  mov x8, x0
  mov x0, x1
  mov x1, x2
  mov x2, x3
  mov x3, x4
  mov x4, x5
  mov x5, x6
  svc #0
  ret
  .cfi_endproc
  .size kif_raw_syscall, . - kif_raw_syscall

  .section .note.GNU-stack, "", %progbits
