// SPDX-License-Identifier: Apache-2.0
// The application: started in kif-init's place, or as its child, where kif-init stays.
#pragma once

#include <csignal>
#include <span>

#include <sys/types.h>

namespace kif::init {

/// As shells and container engines have it.
inline constexpr int k_cannot_execute = 126;
inline constexpr int k_not_found = 127;

/// Turns this process into the command: same process id, parent, terminal, descriptors; nothing of kif-init is left.
/// Returns only if that fails, after it said so (say_last_words()): k_not_found or k_cannot_execute. `command` is a
/// tail of argv, so a null pointer follows it.
int become_application(std::span<char*> command);

/// What the signals were like before kif-init touched them; the application gets that.
struct SignalState {
  sigset_t mask;
  struct sigaction child;
};

/// Blocks every signal that can be waited for, and remembers. Blocked signals are kept for wait functions; for process
/// 1 this is also the only way to see those that the kernel otherwise drops for it.
SignalState block_signals();

/// Makes them again what they were.
void restore_signals(const SignalState& before);

/// The signals that kif-init takes from outside: all but those that report a fault of its own.
sigset_t waitable_signals();

/// The signal; negative: none within that time (−1: for ever), or interrupted. Nothing is lost: what is pending stays
/// so.
int wait_for_signal(const sigset_t& signals, siginfo_t& info, int limit_ms);

/// Takes one from a signalfd. The number of one that asks for the end of the container (SIGTERM, SIGINT, SIGQUIT,
/// SIGHUP); 0: another one, which is dropped.
int ending_signal(int signals);

/// Whether kif-init has the duties that the kernel gives to the first process of a container and to no other.
enum class Place { first_process, behind_another };

/// What goes on in kif-init beside an application that it supervises: the broker.
class Companion {
public:
  Companion() = default;
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  virtual ~Companion() = default;

  /// In the child, before it becomes the application. May end it.
  virtual void enter_application() = 0;
  /// In kif-init, once the child is there. Closes all descriptors but its own, before it starts threads. 0, or the exit
  /// code with which all is to end.
  virtual int application_started(pid_t application) = 0;
  /// A child that is not the application has ended, with this wait status.
  virtual void child_ended(pid_t child, int status) = 0;

  /// Called after each signal, and when pause_ms() have passed without one.
  virtual void look() = 0;
  /// How long it can do without; −1: for ever.
  virtual int pause_ms() const = 0;
  /// 0, or the exit code with which the container is to end: the application is asked to by SIGTERM, and made to by
  /// SIGKILL after k_grace_s.
  virtual int wanted_end() const = 0;
};

/// As container engines have it between SIGTERM and SIGKILL.
inline constexpr int k_grace_s = 10;

/// Runs the command as a child; passes every signal on to it; reaps whatever ends; comes back when the command has
/// ended, with its exit code, or 128 + the signal that ended it. Before it waits it closes its descriptors but the
/// companion's, so that the application alone holds its pipes and sockets.
///
/// As the first process the command gets a process group of its own, and the terminal where there is one. Elsewhere it
/// stays in kif-init's group, whose terminal signals reach it without kif-init, and kif-init stops when it stops;
/// descendants whose parents have ended become kif-init's children.
int supervise_application(std::span<char*> command, const SignalState& before, Place place,
                          Companion* companion = nullptr);

} // namespace kif::init
