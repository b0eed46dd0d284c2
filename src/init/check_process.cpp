// SPDX-License-Identifier: Apache-2.0
#include "init/check_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "init/application.h"

namespace kif::init {
namespace {

/// The checks take 0.2 s on a free processor. A hundredth of a processor, as a container's limit may give it, needs 20
/// s; an emulated processor without hardware help some more. What is not ready after this hangs, and an error is better
/// than silence.
constexpr time_t k_limit_s = 300;

CheckProcess refused(const std::string& reason) {
  return {exit_code(Failure::unfinished),
          true,
          {Failure::unfinished, {ErrorCode::process, "cannot finish the checks: " + reason}}};
}

/// What the child writes when the checks have passed. Its exit code alone is no proof: whatever the checks load may
/// call exit(0).
constexpr char k_passed = 'P';

/// `result` is the reading end of the child's pipe, not blocking.
CheckProcess ended(int status, int result) {
  if (WIFSIGNALED(status))
    return refused("their process was ended by signal " + std::to_string(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  if (code == 0) {
    char token = 0;
    if (::read(result, &token, 1) != 1 || token != k_passed)
      return refused("their process exited before they had passed");
  } else if (std::ranges::none_of(k_failures, [&](Failure failure) { return exit_code(failure) == code; })) {
    return refused("their process exited with " + std::to_string(code));
  }
  return {code, false, {}};
}

void end(pid_t child) {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

time_t now_s() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

CheckProcess late(pid_t child) {
  end(child);
  return refused("they were not done after " + std::to_string(k_limit_s) + " s");
}

/// Waits for the child or for a signal that ends the container.
CheckProcess wait_with_signals(pid_t child, int result) {
  const sigset_t signals = waitable_signals();
  const time_t deadline = now_s() + k_limit_s;
  for (;;) {
    const timespec wait{deadline - now_s(), 0};
    if (wait.tv_sec <= 0)
      return late(child);
    siginfo_t info{};
    if (::sigtimedwait(&signals, &info, &wait) < 0)
      continue;
    switch (info.si_signo) {
    case SIGCHLD: {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) == child)
        return ended(status, result);
      break;
    }
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
    case SIGHUP:
      end(child);
      return {128 + info.si_signo, false, {}};
    default:
      break;
    }
  }
}

/// Waits for the child alone. Its end is seen by the end of its pipe.
CheckProcess wait_without_signals(pid_t child, int result) {
  const time_t deadline = now_s() + k_limit_s;
  constexpr timespec pause{0, 1'000'000};
  for (;;) {
    pollfd pipe{result, 0, 0};
    ::poll(&pipe, 1, 1000);
    int status = 0;
    const pid_t reaped = ::waitpid(child, &status, WNOHANG);
    if (reaped == child)
      return ended(status, result);
    if (reaped < 0 && errno != EINTR)
      return refused(system_error(errno, "cannot wait for their process").message);
    if (now_s() >= deadline)
      return late(child);
    if (pipe.revents != 0)
      ::nanosleep(&pause, nullptr);
  }
}

/// Where SIGCHLD is ignored, as it may be inherited, the kernel throws a child's exit code away.
class ChildrenAreKept {
public:
  ChildrenAreKept() {
    struct sigaction normal {};
    normal.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &normal, &m_before);
  }
  ~ChildrenAreKept() { ::sigaction(SIGCHLD, &m_before, nullptr); }
  ChildrenAreKept(const ChildrenAreKept&) = delete;
  ChildrenAreKept& operator=(const ChildrenAreKept&) = delete;

private:
  struct sigaction m_before {};
};

[[noreturn]] void check_and_exit(int (*check)(), int result) {
  const int code = check();
  // No exit handlers: libcrypto's would tear the module down, at a price, for a process that ends anyway.
  if (code == 0 && ::write(result, &k_passed, 1) != 1)
    ::_exit(exit_code(Failure::unfinished));
  ::_exit(code);
}

} // namespace

CheckProcess run_check_process(int (*check)(), bool takes_signals) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return refused(system_error(errno, "cannot make a pipe").message);
  const UniqueFd result(ends[0]);
  UniqueFd child_result(ends[1]);
  const ChildrenAreKept children_are_kept;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return refused(system_error(errno, "cannot fork").message);
  if (child == 0) {
    // Without kif-init nobody waits for the result.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(exit_code(Failure::unfinished));
    check_and_exit(check, child_result.get());
  }
  child_result.reset();
  return takes_signals ? wait_with_signals(child, result.get()) : wait_without_signals(child, result.get());
}

} // namespace kif::init
