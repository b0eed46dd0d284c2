// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <thread>

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Children of threaded processes start threads here. ThreadSanitizer ends such a child by default.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() {
  return "die_after_fork=0";
}

namespace kif::entropy {

bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

int wait_for(pid_t child, std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return k_did_not_end;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int result_of(const std::function<int()>& body) {
  const int result = body();
  return result == 0 && ::testing::Test::HasFailure() ? k_failed_expectation : result;
}

int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(result_of(body));
  return wait_for(child);
}

int in_raw_child(const std::function<int()>& body) {
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child == 0)
    ::_exit(result_of(body));
  return wait_for(child);
}

void set_wipe_on_fork(WipeOnFork behaviour) {
  const std::uint32_t answer =
      SECCOMP_RET_ERRNO | (behaviour == WipeOnFork::refused ? static_cast<std::uint32_t>(EINVAL) : 0);
  const auto unknown_advice = behaviour == WipeOnFork::ignored ? 0xffff'ffff : MADV_WIPEONFORK;
  // The third argument's lower half, on little-endian machines; the number of madvise is this build's own.
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_WIPEONFORK, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, unknown_advice, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    ::_exit(99);
}

} // namespace kif::entropy
