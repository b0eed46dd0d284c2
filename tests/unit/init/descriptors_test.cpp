// SPDX-License-Identifier: Apache-2.0
#include "init/descriptors.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::init {
namespace {

/// The exit code of a child, which has lost its streams and can say nothing else.
template <class Work> int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Descriptors, AllButThoseNamedAreClosed) {
  EXPECT_EQ(in_child([] {
              for (const int fd : {10, 11, 100, 500})
                ::dup2(STDIN_FILENO, fd);
              close_descriptors_except({500, 10}); // in any order
              for (int fd = 3; fd < 600; ++fd)
                if (is_open(fd) != (fd == 10 || fd == 500))
                  return 1;
              return 0;
            }),
            0);
}

constexpr unsigned k_never_open = 5000;

/// As a kernel or sandbox without close_range, where close() of a number that is not open ends the process.
bool forbid_close_range_and_guessing() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k_never_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(Descriptors, WithoutCloseRangeThoseThatAreOpenAreClosedAndNoOthersTried) {
  EXPECT_EQ(in_child([] {
              for (const int fd : {10, 11, 100, 500})
                ::dup2(STDIN_FILENO, fd);
              if (!forbid_close_range_and_guessing())
                return 2;
              close_descriptors_except({500, 10});
              for (int fd = 3; fd < 600; ++fd)
                if (is_open(fd) != (fd == 10 || fd == 500))
                  return 1;
              return 0;
            }),
            0);
  EXPECT_EQ(in_child([] { return forbid_close_range_and_guessing() ? ::close(k_never_open) : 0; }), -1)
      << "the filter ends it";
}

TEST(Descriptors, TheStandardStreamsAreHeldAndGiveAndTakeNothing) {
  EXPECT_EQ(in_child([] {
              close_descriptors_except({});
              for (const int fd : {0, 1, 2}) {
                char byte = 0;
                if (!is_open(fd) || ::write(fd, &byte, 1) != -1 || errno != EBADF || ::read(fd, &byte, 1) != -1)
                  return 1;
              }
              return ::open("/", O_RDONLY) == 3 ? 0 : 2;
            }),
            0);
}

TEST(Descriptors, OneOfThemThatIsNamedIsKept) {
  EXPECT_EQ(in_child([] {
              int ends[2];
              if (::pipe(ends) != 0)
                return 1;
              ::dup2(ends[1], 1);
              close_descriptors_except({1});
              return ::write(1, "x", 1) == 1 || errno == EPIPE ? 0 : 2;
            }),
            -1)
      << "SIGPIPE: the other end was closed, and this one is the pipe still";
}

} // namespace
} // namespace kif::init
