// SPDX-License-Identifier: Apache-2.0
#include "random/spare_descriptors.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "random/syscalls.h"

namespace kif::random {
namespace {

constexpr std::size_t k_stack_bytes = std::size_t{32} * 1024;

struct Work {
  void (*run)(void*) noexcept;
  void* argument;
};

int be_helper(void* given) noexcept {
  const auto* const work = static_cast<const Work*>(given);
  // The files stay open in the program, and its locks are its table's.
  if (call(SYS_close_range, 0, ~0U, 0) != 0)
    for (int fd = 0; fd < 64; ++fd)
      call(SYS_close, fd);
  work->run(work->argument);
  call(SYS_exit, 0); // not the functions that a program's end runs
  return 0;
}

/// A helper that were the first process of a new name space would take that with it when it ends: nobody could be
/// forked any more. So not after unshare(CLONE_NEWPID), and not where it cannot be told.
bool children_stay_in_this_namespace() noexcept {
  char ours[64] = {};
  char theirs[64] = {};
  return call(SYS_readlinkat, AT_FDCWD, "/proc/self/ns/pid", ours, sizeof ours - 1) > 0 &&
         call(SYS_readlinkat, AT_FDCWD, "/proc/self/ns/pid_for_children", theirs, sizeof theirs - 1) > 0 &&
         std::strcmp(ours, theirs) == 0;
}

} // namespace

bool has_descriptors() noexcept {
  // A connection, and a file of /proc beside it.
  const long first = call(SYS_epoll_create1, 0);
  const long second = first >= 0 ? call(SYS_epoll_create1, 0) : -1;
  if (second >= 0)
    call(SYS_close, second);
  if (first >= 0)
    call(SYS_close, first);
  return second >= 0;
}

void run_with_spare_descriptors(void (*work)(void*) noexcept, void* argument) noexcept {
  if (!children_stay_in_this_namespace())
    return;
  // Handlers of the program's would run in the helper, and in the program's memory.
  unsigned long all = ~0UL;
  unsigned long before = 0;
  call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  const int saved_errno = errno; // the helper's is this thread's own
  // A stack of its own: the caller's may be a signal handler's, and small.
  const long stack = call(SYS_mmap, 0, k_stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack > 0) {
    Work given{work, argument};
    const int helper = ::clone(be_helper, reinterpret_cast<void*>(stack + static_cast<long>(k_stack_bytes)),
                               CLONE_VM | CLONE_VFORK, &given);
    if (helper > 0)
      while (call(SYS_wait4, helper, 0, __WALL, 0) == -EINTR) {
      }
    call(SYS_munmap, stack, k_stack_bytes);
  }
  errno = saved_errno;
  call(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
}

} // namespace kif::random
