// SPDX-License-Identifier: Apache-2.0
// The application: started in kif-init's place, or, where kif-init is the first process of the container, as its child.
#pragma once

#include <csignal>
#include <span>

namespace kif::init {

/// As shells and container engines have it.
inline constexpr int k_cannot_execute = 126;
inline constexpr int k_not_found = 127;

/// Turns this process into the command: same process id, parent, terminal, descriptors; nothing of kif-init is left.
/// Returns only if that fails, after it said so on stderr: k_not_found or k_cannot_execute. `command` is a tail of
/// argv, so a null pointer follows it.
int become_application(std::span<char*> command);

/// What the signals were like before kif-init touched them; the application gets that.
struct SignalState {
  sigset_t mask;
  struct sigaction child;
};

/// Blocks every signal that can be waited for, and remembers. Blocked signals are kept for wait functions; for process
/// 1 this is also the only way to see those that the kernel otherwise drops for it.
SignalState block_signals();

/// The signals that kif-init takes from outside: all but those that report a fault of its own.
sigset_t waitable_signals();

/// As process 1: runs the command as a child in a process group of its own, which gets the terminal where there is one;
/// passes every signal on to it; reaps whatever ends; comes back when the command has ended, with its exit code, or 128
/// + the signal that ended it. Before it waits it closes all its descriptors, so that the application alone holds its
/// pipes and sockets.
int supervise_application(std::span<char*> command, const SignalState& before);

} // namespace kif::init
