// SPDX-License-Identifier: Apache-2.0
// Child processes. Whatever kif runs is started here.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/undo.h"

namespace kif {

struct Command {
  std::vector<std::string> argv;                            ///< argv[0] is looked up in PATH where it has no slash
  std::optional<std::vector<std::string>> environment = {}; ///< "NAME=value"; none: this process's own
  std::filesystem::path working_directory = {};             ///< empty: this process's own
  std::string standard_input = {};                          ///< empty: /dev/null
  std::size_t max_output_bytes = 16 * 1024 * 1024;       ///< of each stream; more is too_large, and the child is killed
  std::optional<std::chrono::milliseconds> timeout = {}; ///< passed: the child is killed, and the result is timeout
  /// It is started in these name spaces of another process: `kinds` is CLONE_NEWNET and others, as setns(2) takes them
  /// for a pidfd (Linux 5.8). 0: in this process's own.
  struct NameSpaces {
    int pidfd = -1;
    int kinds = 0;
  } name_spaces = {};
  /// What the child does there before it becomes the program. Async-signal-safe calls alone, as after each fork of a
  /// program with threads; false, with errno, and the program is not run.
  struct Preparation {
    bool (*make)(const void* data) = nullptr;
    const void* data = nullptr;
  } preparation = {};
};

struct ProcessOutput {
  int exit_code = 0; ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// Runs the command to its end and collects its output. An exit code other than 0 is a result, not an error; an error
/// means that it could not be run (not_found: no such program), or passed a bound. Any thread.
Result<ProcessOutput> run_program(const Command& command);

/// A child from its start to its end. It has the standard streams and no other descriptor of this process, every signal
/// in its default disposition and none blocked, whatever this process was started with. It is killed when the object
/// goes before it has ended, and when a signal ends this process (base/undo.h).
class ChildProcess {
public:
  enum class Streams {
    collected,   ///< standard_input, and pipes
    own,         ///< this process's; /dev/null for one that is closed
    own_but_err, ///< stdin and stdout of this process, and a pipe as stderr
  };
  /// `tied`: the kernel kills it when the thread that started it ends, in whatever way. Good once the program runs.
  static Result<std::unique_ptr<ChildProcess>> start(const Command& command, Streams streams, bool tied = false);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  int pid() const noexcept { return m_pid; }
  int pidfd() const noexcept { return m_pidfd.get(); } ///< readable when it has ended; −1 where the kernel has none
  int out() const noexcept { return m_out.get(); }     ///< −1: not collected, or ended
  int err() const noexcept { return m_err.get(); }

  /// What the pipe of stderr holds now, up to the PIPE_BUF bytes that another pipe takes without waiting; empty:
  /// nothing.
  std::string read_err();
  /// Appends what the pipes hold now, up to `max_bytes` in each string; true where more came, which is dropped.
  bool drain(std::string& out, std::string& err, std::size_t max_bytes);
  bool has_ended();
  bool wait_for_end(std::chrono::milliseconds patience);
  int wait_for_end(); ///< the exit code
  void send(int signal) const noexcept;
  int exit_code() const noexcept { return m_exit_code; }   ///< 128 + signal where one ended it
  int end_signal() const noexcept { return m_end_signal; } ///< the signal that ended it; 0: none did

  /// For start().
  ChildProcess(int pid, UniqueFd out, UniqueFd err, Undo undo);

private:
  void reap();

  int m_pid;
  UniqueFd m_pidfd;
  UniqueFd m_out;
  UniqueFd m_err;
  Undo m_undo;
  bool m_ended = false;
  int m_exit_code = 0;
  int m_end_signal = 0;
};

/// The rest of run_program() for a child that was started from `command` with its streams collected: several can run
/// beside each other. The time limit begins now.
Result<ProcessOutput> run_to_end(ChildProcess& child, const Command& command);

/// The path of a program found in PATH, or none.
std::optional<std::filesystem::path> find_program(const std::string& name);

} // namespace kif
