/* SPDX-License-Identifier: Apache-2.0
 * syscall(2) as glibc has it, but for getrandom. See syscall_x86_64.S. */
#include <asm/unistd.h>

  .text

  .globl syscall
  .type syscall, %function
syscall:
  .cfi_startproc
  hint #34
  cmp x0, #__NR_getrandom
  b.eq 1f
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
2:
  b kif_fail_syscall
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
