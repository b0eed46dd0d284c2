// SPDX-License-Identifier: Apache-2.0
#include "base/trapped_getrandom.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace kif {
namespace {

constexpr long k_key_bytes = 32; // of ChaCha20, which the vDSO's generator is
constexpr std::uintptr_t k_vdso_bytes =
    16384; // no vDSO is larger; none begins at an address that another file's code is near to

#if defined(__x86_64__)
using Register = greg_t;
Register& result_of(ucontext_t& context) noexcept {
  return context.uc_mcontext.gregs[REG_RAX];
}
Register length_of(const ucontext_t& context) noexcept {
  return context.uc_mcontext.gregs[REG_RSI];
}
#elif defined(__aarch64__)
using Register = unsigned long long;
Register& result_of(ucontext_t& context) noexcept {
  return context.uc_mcontext.regs[0];
}
Register length_of(const ucontext_t& context) noexcept {
  return context.uc_mcontext.regs[1];
}
#else
#error "the registers of a system call on this architecture are not known"
#endif

void answer(int, siginfo_t* info, void* given) noexcept {
  auto& context = *static_cast<ucontext_t*>(given);
  const auto vdso = static_cast<std::uintptr_t>(::getauxval(AT_SYSINFO_EHDR));
  const auto caller = reinterpret_cast<std::uintptr_t>(info->si_call_addr);
  const bool is_vdsos = vdso != 0 && caller >= vdso && caller - vdso < k_vdso_bytes;
  result_of(context) = static_cast<Register>(
      is_vdsos && static_cast<long>(length_of(context)) == k_key_bytes ? k_key_bytes : static_cast<long>(-ENOSYS));
}

} // namespace

bool trap_getrandom() noexcept {
  struct sigaction action {};
  action.sa_sigaction = answer;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  struct sigaction before {};
  if (::sigaction(SIGSYS, &action, &before) != 0)
    return false;
  sigset_t signal;
  ::sigemptyset(&signal);
  ::sigaddset(&signal, SIGSYS);
  ::pthread_sigmask(SIG_UNBLOCK, &signal, nullptr);
  std::array program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offsetof(seccomp_data, nr))),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  // SPEC_ALLOW: before Linux 5.16 a filter turned on mitigations that slow the DRBG down.
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0;
}

} // namespace kif
