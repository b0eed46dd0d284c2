// SPDX-License-Identifier: Apache-2.0
// The runtime's own process, and through it the container's standard streams.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kif::watch {

/// A child that dies with the thread that started it (PR_SET_PDEATHSIG). Start it from kif's main thread.
class RuntimeProcess {
public:
  /// With `pass_through` the child has this process's standard streams; else `standard_input` as a file, and pipes.
  static Result<std::unique_ptr<RuntimeProcess>> start(const std::vector<std::string>& arguments, bool pass_through,
                                                       const std::string& standard_input);
  RuntimeProcess(const RuntimeProcess&) = delete;
  RuntimeProcess& operator=(const RuntimeProcess&) = delete;
  ~RuntimeProcess(); ///< kills and reaps a child that still runs

  int pidfd() const noexcept { return m_pidfd.get(); } ///< readable when the child has ended
  int out() const noexcept { return m_out.get(); }     ///< −1: passed through, or ended
  int err() const noexcept { return m_err.get(); }

  /// Appends what the pipes hold now, up to `max_bytes` in each string; sets `cut` where more came.
  void drain(std::string& out, std::string& err, std::size_t max_bytes, bool& cut);
  bool has_ended();
  bool wait_for_end(std::chrono::milliseconds patience);
  void send(int signal) const noexcept;
  int exit_code() const noexcept { return m_exit_code; } ///< 128 + signal where one ended it

  /// For start().
  RuntimeProcess(int pid, UniqueFd pidfd, UniqueFd out, UniqueFd err)
      : m_pid(pid), m_pidfd(std::move(pidfd)), m_out(std::move(out)), m_err(std::move(err)) {}

private:
  int m_pid;
  UniqueFd m_pidfd;
  UniqueFd m_out;
  UniqueFd m_err;
  bool m_ended = false;
  int m_exit_code = 0;
};

} // namespace kif::watch
