// SPDX-License-Identifier: Apache-2.0
#include "init/application.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "init/descriptors.h"
#include "init/voice.h"

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace kif::init {
namespace {

/// execve() on the command's name, looked up in PATH where it has no slash. Not execvp(): that hands a file of unknown
/// format to a shell, which a container engine does not do. Returns errno.
int execute(char* const* argv) {
  const std::string_view name = argv[0];
  if (name.find('/') != std::string_view::npos) {
    ::execve(argv[0], argv, environ);
    return errno;
  }
  int error = ENOENT;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  while (!name.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    const std::string candidate = std::string(folder.empty() ? "." : folder) + "/" + std::string(name);
    ::execve(candidate.c_str(), argv, environ);
    // As shells do: go on behind what is not there, remember that something was there that could not be run.
    if (errno == EACCES)
      error = EACCES;
    else if (errno != ENOENT && errno != ENOTDIR)
      return errno;
    if (colon == std::string_view::npos)
      break;
    rest = rest.substr(colon + 1);
  }
  return error;
}

int say_not_run(Error error, int code) {
  say_last_words(render(Notice{"not-run", std::move(error), code}, spoken_format()));
  return code;
}

/// The first of stdin, stdout and stderr that is this session's terminal; −1: none is.
int find_terminal() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::tcgetpgrp(fd) >= 0)
      return fd;
  return -1;
}

[[noreturn]] void run_as_child(std::span<char*> command, const SignalState& before, bool in_own_group) {
  if (in_own_group) {
    ::setpgid(0, 0);
    // SIGTTOU, which a background process gets for this, is blocked with all others.
    if (const int terminal = find_terminal(); terminal >= 0)
      ::tcsetpgrp(terminal, ::getpid());
  }
  restore_signals(before);
  ::_exit(become_application(command));
}

/// kif-init said something and nobody reads it.
bool is_of_own_words(const siginfo_t& info) {
  return info.si_signo == SIGPIPE && info.si_code <= 0 && info.si_pid == ::getpid();
}

void pass_on(pid_t application, const siginfo_t& info, bool in_own_group) {
  // What the terminal sends goes to the whole group, and so to the application as well where it is of that group.
  if (!in_own_group && info.si_code == SI_KERNEL)
    return;
  // Real-time signals may carry a value.
  if (info.si_code != SI_QUEUE || ::sigqueue(application, info.si_signo, info.si_value) != 0)
    ::kill(application, info.si_signo);
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Reaps all that has ended. True: the application too; its wait status is in `status`.
bool reap(pid_t application, int& status, Place place, Companion* companion) {
  bool ended = false;
  int any = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &any, WNOHANG | WUNTRACED)) > 0) {
    if (pid != application) {
      if (!WIFSTOPPED(any) && companion != nullptr)
        companion->child_ended(pid, any);
      continue;
    }
    if (WIFSTOPPED(any)) {
      // Ctrl-Z on the container's terminal. Nobody in the container could continue the application; as process 1 it
      // would not have been stopped. What was stopped by SIGSTOP was meant to be. Elsewhere a shell waits for kif-init
      // to stop, and continues the group.
      if (place == Place::behind_another)
        ::kill(::getpid(), SIGSTOP);
      else if (WSTOPSIG(any) == SIGTSTP)
        ::kill(application, SIGCONT);
      continue;
    }
    status = any;
    ended = true;
  }
  return ended;
}

/// The end that the companion wants: the application gets time to end by itself.
class Ending {
public:
  explicit Ending(pid_t application) : m_application(application) {}

  /// 0: nobody wants it.
  int code() const { return m_code; }
  int pause_ms(int other_ms) const {
    return m_code == 0 || m_killed ? other_ms : other_ms < 0 ? 1000 : std::min(other_ms, 1000);
  }
  void look(int wanted) {
    if (wanted != 0 && m_code == 0) {
      m_code = wanted;
      m_asked_s = now_s();
      ::kill(m_application, SIGTERM);
      ::kill(m_application, SIGCONT); // a stopped one would not hear it
    }
    if (m_code != 0 && !m_killed && now_s() - m_asked_s >= k_grace_s) {
      ::kill(m_application, SIGKILL);
      m_killed = true;
    }
  }

private:
  static time_t now_s() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
  }

  pid_t m_application;
  int m_code = 0;
  bool m_killed = false;
  time_t m_asked_s = 0;
};

} // namespace

int become_application(std::span<char*> command) {
  const int error = execute(command.data());
  const std::string name = command.front();
  const bool absent = error == ENOENT || error == ENOTDIR;
  Error failure = system_error(error, "cannot run " + name);
  if (absent && name.find('/') == std::string::npos)
    failure = {ErrorCode::not_found, "cannot run " + name + ": no such program in PATH"};
  else if (error == ENOENT && ::access(name.c_str(), F_OK) == 0)
    failure.hint = "the file is there; what is missing is the loader or interpreter that it names";
  return say_not_run(std::move(failure), absent ? k_not_found : k_cannot_execute);
}

sigset_t waitable_signals() {
  sigset_t signals;
  ::sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    ::sigdelset(&signals, fault);
  return signals;
}

int ending_signal(int signals) {
  signalfd_siginfo info{};
  if (::read(signals, &info, sizeof info) != sizeof info)
    return 0;
  const int number = static_cast<int>(info.ssi_signo);
  return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP ? number : 0;
}

int wait_for_signal(const sigset_t& signals, siginfo_t& info, int limit_ms) {
  if (limit_ms < 0)
    return ::sigwaitinfo(&signals, &info);
  const timespec limit{limit_ms / 1000, limit_ms % 1000 * 1'000'000L};
  return ::sigtimedwait(&signals, &info, &limit);
}

SignalState block_signals() {
  SignalState before{};
  const sigset_t signals = waitable_signals();
  ::sigprocmask(SIG_BLOCK, &signals, &before.mask);
  // Inherited as ignored, it would make the kernel reap children, and their exit codes would be lost.
  struct sigaction normal {};
  normal.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &normal, &before.child);
  return before;
}

void restore_signals(const SignalState& before) {
  ::sigaction(SIGCHLD, &before.child, nullptr);
  ::sigprocmask(SIG_SETMASK, &before.mask, nullptr);
}

int supervise_application(std::span<char*> command, const SignalState& before, Place place, Companion* companion) {
  const bool in_own_group = place == Place::first_process;
  if (place == Place::behind_another)
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const pid_t application = ::fork();
  if (application < 0)
    return say_not_run(system_error(errno, std::string("cannot run ") + command.front()), k_cannot_execute);
  if (application == 0) {
    if (companion != nullptr)
      companion->enter_application();
    run_as_child(command, before, in_own_group);
  }
  if (companion == nullptr) {
    close_descriptors_except({});
  } else if (const int code = companion->application_started(application); code != 0) {
    ::kill(application, SIGKILL);
    return code;
  }
  const sigset_t signals = waitable_signals();
  int status = 0;
  Ending ending(application);
  for (;;) {
    siginfo_t info{};
    const int got = wait_for_signal(signals, info, ending.pause_ms(companion != nullptr ? companion->pause_ms() : -1));
    if (got == SIGCHLD) {
      if (reap(application, status, place, companion))
        return ending.code() != 0 ? ending.code() : exit_code_of(status);
    } else if (got > 0 && !is_of_own_words(info)) {
      pass_on(application, info, in_own_group);
    }
    if (companion != nullptr) {
      companion->look();
      ending.look(companion->wanted_end());
    }
  }
}

} // namespace kif::init
