// SPDX-License-Identifier: Apache-2.0
// The functions by which a program locks itself in, where that takes away what random bytes need without the
// catch-all. They do what glibc's do, once the process has got what it will need. Changing the user and PR_SET_DUMPABLE
// are not among them: they take away nothing that the socket needs.
#include <cstdarg>

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "random/confinement.h"
#include "random/syscalls.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))

using namespace kif::random;

namespace {

/// A DRBG of a process's own needs some to be made.
constexpr rlim_t k_few_descriptors = 16;

/// `install` makes the call.
template <class Install> long with_filter(Install install) noexcept {
  const bool before = begin_filter();
  const long result = install();
  end_filter(before, result);
  return with_errno(result);
}

int limit(pid_t process, unsigned resource, const struct rlimit* fresh, struct rlimit* old) noexcept {
  if (resource == RLIMIT_NOFILE && fresh != nullptr && fresh->rlim_cur < k_few_descriptors)
    prepare_for(Loss::files);
  return static_cast<int>(with_errno(call(SYS_prlimit64, process, resource, fresh, old)));
}

} // namespace

extern "C" {

int chroot_of_kif(const char* path) noexcept KIF_EXPORT("chroot");
int unshare_of_kif(int what) noexcept KIF_EXPORT("unshare");
int setns_of_kif(int descriptor, int what) noexcept KIF_EXPORT("setns");
int prctl_of_kif(int option, ...) noexcept KIF_EXPORT("prctl");
// On 64-bit machines the functions with 64 in their names are the same as those without.
int setrlimit_of_kif(int resource, const struct rlimit* fresh) noexcept KIF_EXPORT("setrlimit");
int setrlimit64_of_kif(int resource, const struct rlimit* fresh) noexcept KIF_EXPORT("setrlimit64");
int prlimit_of_kif(pid_t process, int resource, const struct rlimit* fresh, struct rlimit* old) noexcept
    KIF_EXPORT("prlimit");
int prlimit64_of_kif(pid_t process, int resource, const struct rlimit* fresh, struct rlimit* old) noexcept
    KIF_EXPORT("prlimit64");
// syscall(SYS_seccomp, …) comes here: C libraries have no function for it.
long kif_seccomp(unsigned operation, unsigned flags, void* arguments) noexcept __attribute__((visibility("hidden")));

int chroot_of_kif(const char* path) noexcept {
  prepare_for(Loss::files);
  return static_cast<int>(with_errno(call(SYS_chroot, path)));
}

int unshare_of_kif(int what) noexcept {
  prepare_for(Loss::connections);
  return static_cast<int>(with_errno(call(SYS_unshare, what)));
}

int setns_of_kif(int descriptor, int what) noexcept {
  prepare_for(Loss::connections);
  return static_cast<int>(with_errno(call(SYS_setns, descriptor, what)));
}

int prctl_of_kif(int option, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, option);
  unsigned long given[4];
  for (unsigned long& one : given)
    one = va_arg(arguments, unsigned long);
  va_end(arguments);
  const auto make = [&] { return call(SYS_prctl, option, given[0], given[1], given[2], given[3]); };
  return static_cast<int>(option == PR_SET_SECCOMP ? with_filter(make) : with_errno(make()));
}

int setrlimit_of_kif(int resource, const struct rlimit* fresh) noexcept {
  return limit(0, static_cast<unsigned>(resource), fresh, nullptr);
}
int setrlimit64_of_kif(int resource, const struct rlimit* fresh) noexcept {
  return limit(0, static_cast<unsigned>(resource), fresh, nullptr);
}
int prlimit_of_kif(pid_t process, int resource, const struct rlimit* fresh, struct rlimit* old) noexcept {
  return limit(process, static_cast<unsigned>(resource), fresh, old);
}
int prlimit64_of_kif(pid_t process, int resource, const struct rlimit* fresh, struct rlimit* old) noexcept {
  return limit(process, static_cast<unsigned>(resource), fresh, old);
}

long kif_seccomp(unsigned operation, unsigned flags, void* arguments) noexcept {
  const auto make = [=] { return call(SYS_seccomp, operation, flags, arguments); };
  return operation == SECCOMP_SET_MODE_FILTER || operation == SECCOMP_SET_MODE_STRICT ? with_filter(make)
                                                                                      : with_errno(make());
}

} // extern "C"
