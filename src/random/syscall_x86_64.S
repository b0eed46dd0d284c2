/* SPDX-License-Identifier: Apache-2.0
 * syscall(2) as glibc has it, but for getrandom, seccomp, and what opens or looks at a random device. Assembly, since a C function with
 * variable arguments can neither pass on six of them untouched nor survive SYS_vfork, whose child returns from here before its parent does. */
#include <asm/unistd.h>

  .text

  .globl syscall
  .type syscall, @function
syscall:
  .cfi_startproc
  endbr64
  cmpq $__NR_getrandom, %rdi
  je 1f
  cmpq $__NR_seccomp, %rdi
  je 3f
  cmpq $__NR_open, %rdi
  je 5f
  cmpq $__NR_openat, %rdi
  je 5f
  cmpq $__NR_openat2, %rdi
  je 5f
  cmpq $__NR_statx, %rdi
  je 6f
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  syscall
  cmpq $-4095, %rax
  jae 2f
  ret
1:
  movq %rsi, %rdi
  movq %rdx, %rsi
  movl %ecx, %edx
  jmp kif_getrandom
3:
  movl %esi, %edi
  movl %edx, %esi
  movq %rcx, %rdx
  jmp kif_seccomp
2:
  movq %rax, %rdi
  jmp kif_fail_syscall
5: /* the number and its arguments lie where a C function looks for them */
  jmp kif_open_syscall
6:
  jmp kif_statx_syscall
  .cfi_endproc
  .size syscall, . - syscall

  .globl kif_raw_syscall
  .hidden kif_raw_syscall
  .type kif_raw_syscall, @function
kif_raw_syscall:
  .cfi_startproc
  endbr64
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  syscall
  ret
  .cfi_endproc
  .size kif_raw_syscall, . - kif_raw_syscall

  .section .note.GNU-stack, "", @progbits
