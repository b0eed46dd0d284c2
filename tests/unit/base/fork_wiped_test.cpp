// SPDX-License-Identifier: Apache-2.0
#include "base/fork_wiped.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>

namespace kif {
namespace {

struct Content {
  std::atomic<int> number;
};

/// The exit code of a child by clone(2), past all fork handlers: what it finds.
int found_by_clone(ForkWiped<Content>& wiped, unsigned long flags) {
  const long child = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0)
    ::_exit(wiped.get()->number);
  int status = 0;
  ::waitpid(static_cast<pid_t>(child), &status, 0);
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ForkWiped, IsZeroInAChildThatNoHandlerSees) {
  static ForkWiped<Content> wiped;
  static int not_wiped = 7;
  EXPECT_EQ(wiped.if_made(), nullptr);
  wiped.get()->number = 7;
  if (!wiped.is_wiped_by_kernel())
    GTEST_SKIP() << "this kernel does not wipe memory on fork";
  EXPECT_EQ(found_by_clone(wiped, 0), 0);
  EXPECT_EQ(wiped.get()->number, 7);
  const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0)
    ::_exit(not_wiped);
  int status = 0;
  ::waitpid(static_cast<pid_t>(child), &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7) << "the control: other memory is copied";
}

TEST(ForkWiped, IsZeroInAChildThatHasItsParentsNumber) {
  const long outer = ::syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (outer == 0) {
    static ForkWiped<Content> wiped;
    wiped.get()->number = 7;
    const bool is_first = ::getpid() == 1;
    // With all rights in its user namespace, and no number outside of it, it can make PID namespaces alone.
    ::_exit(is_first && wiped.is_wiped_by_kernel() ? found_by_clone(wiped, CLONE_NEWPID) : 77);
  }
  if (outer < 0)
    GTEST_SKIP() << "no user namespaces here";
  int status = 0;
  ::waitpid(static_cast<pid_t>(outer), &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ForkWiped, LeavesErrnoAlone) {
  static ForkWiped<Content> wiped;
  errno = ENOENT;
  EXPECT_NE(wiped.get(), nullptr);
  EXPECT_EQ(errno, ENOENT);
}

} // namespace
} // namespace kif
