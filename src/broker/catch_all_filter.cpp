// SPDX-License-Identifier: Apache-2.0
#include "broker/catch_all_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Since Linux 5.19: a signal interrupts a call that waits for its answer only where it ends the process. Without it a
// program with a timer could be interrupted again and again.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace kif::broker {
namespace {

// The numbers of getrandom in this machine's ABIs.
#if defined(__x86_64__)
constexpr unsigned k_arch = AUDIT_ARCH_X86_64;
constexpr unsigned k_arch_32 = AUDIT_ARCH_I386;
constexpr unsigned k_getrandom_32 = 355;
constexpr unsigned k_number_mask = ~0x4000'0000U; // x32 sets this bit in the numbers of x86-64
#elif defined(__aarch64__)
constexpr unsigned k_arch = AUDIT_ARCH_AARCH64;
constexpr unsigned k_arch_32 = AUDIT_ARCH_ARM;
constexpr unsigned k_getrandom_32 = 384;
constexpr unsigned k_number_mask = ~0U;
#else
#error "the numbers of getrandom on this architecture are not known"
#endif

constexpr sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}
/// Skips `if_equal` or `if_not` instructions.
constexpr sock_filter compare(unsigned value, unsigned char if_equal, unsigned char if_not) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, if_equal, if_not);
}
constexpr sock_filter keep_bits(unsigned mask) {
  return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask);
}
constexpr sock_filter answer(unsigned action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

/// Where the vDSO gives random bytes (Linux 6.11), a process fetches a key by the system call and expands it itself. It
/// keeps its state in memory of this kind, which nothing else uses; refused, C libraries and Go's runtime go back to
/// the system call, as on kernels that do not have it. Then every byte comes from the DRBG and not only a key.
constexpr unsigned k_map_type = 0x0f;
constexpr unsigned k_map_droppable = 0x08;

constexpr std::size_t k_mmap_flags =
    offsetof(seccomp_data, args) + 3 * sizeof(std::uint64_t); // little-endian: low half

constexpr std::array k_program = {
    /*  0 */ load(offsetof(seccomp_data, arch)),
    /*  1 */ compare(k_arch, 1, 0),
    /*  2 */ compare(k_arch_32, 7, 9),
    /*  3 */ load(offsetof(seccomp_data, nr)),
    /*  4 */ keep_bits(k_number_mask),
    /*  5 */ compare(SYS_getrandom, 7, 0),
    /*  6 */ compare(SYS_mmap, 0, 5),
    /*  7 */ load(k_mmap_flags),
    /*  8 */ keep_bits(k_map_type),
    /*  9 */ compare(k_map_droppable, 4, 2),
    /* 10 */ load(offsetof(seccomp_data, nr)),
    /* 11 */ compare(k_getrandom_32, 1, 0),
    /* 12 */ answer(SECCOMP_RET_ALLOW),
    /* 13 */ answer(SECCOMP_RET_USER_NOTIF),
    /* 14 */ answer(SECCOMP_RET_ERRNO | EINVAL),
};

int install(unsigned long flags) {
  auto instructions = k_program;
  const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
  return static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program));
}

} // namespace

Result<UniqueFd> install_catch_all_filter() {
  const auto try_both = [] {
    const int listener = install(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    return listener < 0 && errno == EINVAL ? install(0) : listener;
  };
  int listener = try_both();
  if (listener < 0 && errno == EACCES) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
      return fail(system_error(errno, "cannot set no_new_privs"));
    listener = try_both();
  }
  if (listener >= 0)
    return UniqueFd(listener);
  switch (errno) {
  case EBUSY:
    return fail(ErrorCode::conflict, "somebody else listens to this container's system calls");
  case EINVAL:
  case ENOSYS:
    return fail(ErrorCode::unsupported, "the kernel or sandbox has no seccomp user notification");
  default:
    return fail(system_error(errno, "the sandbox forbids a seccomp filter"));
  }
}

} // namespace kif::broker
