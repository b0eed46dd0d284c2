// SPDX-License-Identifier: Apache-2.0
// The signals that ask kif to stop, taken as data, so that nothing is left behind when they come.
#pragma once

#include <memory>
#include <optional>

#include <signal.h>

#include "base/end_by_signal.h"
#include "base/file.h"
#include "base/result.h"

namespace kif::watch {

/// While it lives, the signals that ask kif to end (base/end_by_signal.h) wait here instead. Child processes are not
/// affected.
class Interrupts {
public:
  struct Signal {
    int number = 0;
    bool from_terminal = false; ///< Ctrl-C and the like: the whole foreground group got it, the container's runtime too
  };

  static Result<Interrupts> take();
  Interrupts(Interrupts&& other) noexcept;
  Interrupts& operator=(Interrupts&&) = delete;
  ~Interrupts(); ///< a signal that still waits then takes its usual effect

  /// Takes the next signal that waits, or none. Never blocks. Any thread.
  std::optional<Signal> next() const;
  /// Readable while a signal waits.
  int fd() const noexcept { return m_fd.get(); }

private:
  Interrupts(std::unique_ptr<EndBySignal::Pause> pause, UniqueFd fd, const sigset_t& before)
      : m_pause(std::move(pause)), m_fd(std::move(fd)), m_before(before) {}

  std::unique_ptr<EndBySignal::Pause> m_pause;
  UniqueFd m_fd;
  sigset_t m_before;
};

} // namespace kif::watch
