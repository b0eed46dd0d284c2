// SPDX-License-Identifier: Apache-2.0
// The signals that ask kif to stop, taken as data, so that nothing is left behind when they come.
#pragma once

#include <optional>

#include <signal.h>

#include "base/file.h"
#include "base/result.h"

namespace kif::watch {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT of this process wait here instead of ending it. Make it before
/// any thread; threads inherit the mask. Child processes of base/process.h are not affected.
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
  /// A signal waits. It stays, for others to see.
  bool waiting() const;
  /// Readable while a signal waits.
  int fd() const noexcept { return m_fd.get(); }

private:
  Interrupts(UniqueFd fd, const sigset_t& before) : m_fd(std::move(fd)), m_before(before) {}

  UniqueFd m_fd;
  sigset_t m_before;
};

} // namespace kif::watch
