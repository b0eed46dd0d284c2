// SPDX-License-Identifier: Apache-2.0
#include "init/check_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker/byte_store.h"
#include "init/application.h"

namespace kif::init {
namespace {

CheckProcess refused(const std::string& reason) {
  CheckProcess result;
  result.exit_code = exit_code(Failure::unfinished);
  result.refused = true;
  result.failure = {Failure::unfinished, {ErrorCode::process, "cannot finish the checks: " + reason}};
  return result;
}

/// The child has ended. Its exit code alone is no proof that the checks passed: whatever they load may call exit(0).
CheckProcess ended(int status, bool said_passed) {
  if (WIFSIGNALED(status))
    return refused("their process was ended by signal " + std::to_string(WTERMSIG(status)));
  const int code = WEXITSTATUS(status);
  if (code == 0) {
    if (!said_passed)
      return refused("their process exited before they had passed");
  } else if (!is_failure(code)) {
    return refused("their process exited with " + std::to_string(code));
  }
  CheckProcess result;
  result.exit_code = code;
  return result;
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
  return refused("they were not done after " + std::to_string(k_check_limit_s) + " s");
}

/// Its word on the link: true where its checks have passed, false where it ended without saying so.
bool hear_word(int link) {
  std::byte word{};
  return ::recv(link, &word, 1, 0) == 1 && word == broker::k_ready;
}

/// Waits until the child has passed its checks, for a signal that ends the container (`signals`: a signalfd, or −1), or
/// for the child's end.
CheckProcess wait_for_checks(pid_t child, UniqueFd link, int signals, bool stays) {
  const time_t deadline = now_s() + k_check_limit_s;
  bool passed = false;
  for (;;) {
    const time_t left = deadline - now_s();
    if (left <= 0)
      return late(child);
    // After its word the child is waited for by its end of the link, which closes with it.
    std::array<pollfd, 2> polls{{{link.get(), POLLIN, 0}, {signals, POLLIN, 0}}};
    if (::poll(polls.data(), polls.size(), static_cast<int>(left) * 1000) <= 0)
      continue;
    if (polls[1].revents != 0)
      if (const int number = ending_signal(signals); number != 0) {
        end(child);
        CheckProcess result;
        result.exit_code = 128 + number;
        return result;
      }
    if (polls[0].revents == 0)
      continue;
    if (!passed && hear_word(link.get())) {
      passed = true;
      if (!stays)
        continue;
      CheckProcess result;
      result.process = child;
      result.link = std::move(link);
      return result;
    }
    int status = 0;
    const pid_t reaped = ::waitpid(child, &status, WNOHANG);
    if (reaped == child)
      return ended(status, passed);
    if (reaped < 0 && errno != EINTR)
      return refused(system_error(errno, "cannot wait for their process").message);
    constexpr timespec pause{0, 1'000'000}; // it has closed the link and is about to end
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

[[noreturn]] void be_child(int (*check)(), Afterwards afterwards, int link) {
  const int code = check();
  // No exit handlers: libcrypto's would tear the module down, at a price, for a process that ends anyway.
  if (code == 0 && ::send(link, &broker::k_ready, 1, MSG_NOSIGNAL) != 1)
    ::_exit(exit_code(Failure::unfinished));
  if (code == 0 && afterwards != nullptr)
    afterwards(link);
  ::_exit(code);
}

} // namespace

CheckProcess start_check_process(int (*check)(), Afterwards afterwards) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return refused(system_error(errno, "cannot make a socket").message);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return refused(system_error(errno, "cannot fork").message);
  if (child == 0) {
    // Without kif-init nobody waits for the result.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(exit_code(Failure::unfinished));
    ours.reset();
    be_child(check, afterwards, theirs.get());
  }
  CheckProcess started;
  started.process = child;
  started.link = std::move(ours);
  return started;
}

CheckProcess run_check_process(int (*check)(), bool takes_signals, Afterwards afterwards) {
  const ChildrenAreKept children_are_kept;
  UniqueFd signals;
  if (takes_signals) {
    const sigset_t all = waitable_signals();
    signals = UniqueFd(::signalfd(-1, &all, SFD_CLOEXEC));
    if (!signals)
      return refused(system_error(errno, "cannot take signals").message);
  }
  CheckProcess started = start_check_process(check, afterwards);
  if (started.refused)
    return started;
  return wait_for_checks(started.process, std::move(started.link), signals.get(), afterwards != nullptr);
}

} // namespace kif::init
