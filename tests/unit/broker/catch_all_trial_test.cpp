// SPDX-License-Identifier: Apache-2.0
// try_catch_all(): yes where all of it works, and the reason where it does not.
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"
#include "broker/catch_all.h"
#include "broker/catch_all_filter.h"

namespace kif::broker {
namespace {

/// A filter as a container runtime installs it: `action` for one call, everything else allowed.
void install_outer_filter(unsigned number, unsigned action) {
  std::array program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offsetof(seccomp_data, nr))),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, action),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

/// What a trial comes to in a process that was prepared so: "yes", or its reason.
template <class Prepare> std::string tried_after(Prepare prepare) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    [[maybe_unused]] const auto keep = prepare();
    const auto tried = try_catch_all();
    const std::string text = tried ? "yes" : tried.error().message;
    [[maybe_unused]] const auto written = ::write(ends[1], text.data(), text.size());
    ::_exit(::waitpid(-1, nullptr, 0) == -1 && errno == ECHILD ? 0 : 1); // it has left no child behind
  }
  ::close(ends[1]);
  FdReader reader(UniqueFd{ends[0]}, "the reason");
  const std::string text = read_to_end(reader, 4096, "the reason").value();
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return text;
}

TEST(CatchAllTrial, ItWorksHere) {
  EXPECT_EQ(tried_after([] { return 0; }), "yes");
}

TEST(CatchAllTrial, ItLeavesThisProcessAsItWas) {
  ASSERT_TRUE(try_catch_all());
  EXPECT_EQ(::prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
  EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

TEST(CatchAllTrial, AnotherListenerIsNamed) {
  EXPECT_EQ(tried_after([] { return install_catch_all_filter(); }),
            "somebody else listens to this container's system calls");
}

TEST(CatchAllTrial, ARefusalFromOutsideIsNamed) {
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_getrandom, SECCOMP_RET_ERRNO | ENOSYS);
              return 0;
            }),
            "getrandom is refused from outside");
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_getrandom, SECCOMP_RET_ERRNO | EPERM);
              return 0;
            }),
            "getrandom is refused from outside, or this process may not write to its children's memory");
}

TEST(CatchAllTrial, ATracersFilterIsWeaker) {
  // What `kif run --deny=unanswered` installs: ENOSYS where nobody answers.
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_getrandom, SECCOMP_RET_TRACE);
              return 0;
            }),
            "yes");
}

TEST(CatchAllTrial, ASandboxWithoutSeccompIsNamed) {
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_seccomp, SECCOMP_RET_ERRNO | ENOSYS);
              return 0;
            }),
            "the kernel or sandbox has no seccomp user notification");
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_seccomp, SECCOMP_RET_ERRNO | EPERM);
              return 0;
            }),
            "the sandbox forbids a seccomp filter: Operation not permitted");
}

TEST(CatchAllTrial, MemoryThatCannotBeWrittenIsNamed) {
  EXPECT_EQ(tried_after([] {
              install_outer_filter(SYS_process_vm_writev, SECCOMP_RET_ERRNO | EPERM);
              install_outer_filter(SYS_openat, SECCOMP_RET_ERRNO | EACCES);
              return 0;
            }),
            "getrandom is refused from outside, or this process may not write to its children's memory");
}

TEST(CatchAllTrial, EitherWayToTheMemoryWillDo) {
  for (const unsigned refused : {SYS_process_vm_writev, SYS_openat})
    EXPECT_EQ(tried_after([refused] {
                install_outer_filter(refused, SECCOMP_RET_ERRNO | EPERM);
                return 0;
              }),
              "yes")
        << refused;
}

TEST(CatchAllTrial, ItWorksForAUserWithoutRights) {
  const std::string text = tried_after([] {
    const bool changed = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // as it is after the exec that a runtime does
    return changed;
  });
  EXPECT_EQ(text, "yes");
}

TEST(CatchAllTrial, AProcessWhoseMemoryIsNobodysCannotBeAnswered) {
  EXPECT_EQ(tried_after([] {
              const bool changed = ::setgid(65534) == 0 && ::setuid(65534) == 0;
              ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
              return changed;
            }),
            "getrandom is refused from outside, or this process may not write to its children's memory");
}

} // namespace
} // namespace kif::broker
