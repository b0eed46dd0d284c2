// SPDX-License-Identifier: Apache-2.0
// The signals that ask this process to end: SIGINT, SIGTERM, SIGHUP and SIGQUIT. docs/design/0024-ends.md
#pragma once

#include <thread>

#include <signal.h>

#include "base/file.h"

namespace kif {

/// Those of the four that this process was not told to ignore (nohup(1), a shell's background jobs).
sigset_t ending_signals() noexcept;

/// While it lives, such a signal has a thread run every Undo, and then ends the process as it would have without kif's
/// doing: a shell sees 128 + its number. Make it first of all, in main(): threads that were there before would still
/// take signals themselves. Where there is no thread to be had, signals keep their usual effect.
class EndBySignal {
public:
  EndBySignal();
  EndBySignal(const EndBySignal&) = delete;
  EndBySignal& operator=(const EndBySignal&) = delete;
  ~EndBySignal(); ///< a signal that still waits then takes its usual effect

  /// While one lives, signals wait, for somebody who takes them as data. One at a time; also where there is no
  /// EndBySignal.
  class Pause {
  public:
    Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause();
  };

private:
  void wait_for_signal() noexcept;

  sigset_t m_before{};
  UniqueFd m_signals;
  UniqueFd m_stop; ///< eventfd
  std::thread m_thread;
};

} // namespace kif
