// SPDX-License-Identifier: Apache-2.0
#include "init/check_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

CheckProcess ended(int status) {
  if (WIFSIGNALED(status))
    return refused("their process was ended by signal " + std::to_string(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  // Something in there called exit(): whatever it meant, the checks did not pass.
  if (code != 0 && std::ranges::none_of(k_failures, [&](Failure failure) { return exit_code(failure) == code; }))
    return refused("their process exited with " + std::to_string(code));
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

/// Waits for the child or for a signal that ends the container.
CheckProcess wait_with_signals(pid_t child) {
  const sigset_t signals = waitable_signals();
  const time_t deadline = now_s() + k_limit_s;
  for (;;) {
    const timespec wait{deadline - now_s(), 0};
    if (wait.tv_sec <= 0) {
      end(child);
      return refused("they were not done after " + std::to_string(k_limit_s) + " s");
    }
    siginfo_t info{};
    if (::sigtimedwait(&signals, &info, &wait) < 0)
      continue;
    switch (info.si_signo) {
    case SIGCHLD: {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) == child)
        return ended(status);
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

} // namespace

CheckProcess run_check_process(int (*check)(), bool takes_signals) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return refused(system_error(errno, "cannot fork").message);
  if (child == 0) {
    // Without kif-init nobody waits for the result.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(exit_code(Failure::unfinished));
    // No exit handlers: libcrypto's would tear the module down, at a price, for a process that ends anyway.
    ::_exit(check());
  }
  if (takes_signals)
    return wait_with_signals(child);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return ended(status);
}

} // namespace kif::init
