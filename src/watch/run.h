// SPDX-License-Identifier: Apache-2.0
// Runs a container under the runtime to its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "watch/container.h"
#include "watch/interrupts.h"
#include "watch/recorder.h"
#include "watch/workspace.h"

namespace kif::watch {

struct RunOptions {
  bool pass_through = false;       ///< the container has kif's own standard streams; else they are collected
  std::string standard_input = {}; ///< when collected; empty: /dev/null
  std::size_t max_output_bytes = 4 * 1024 * 1024; ///< of each collected stream; what is more is dropped and marked
  std::optional<std::chrono::milliseconds> timeout = {}; ///< passed: the container is killed, and the result is timeout
  /// Signals that stop the container. Where there is a grace, they are taken and passed on to it, and it may go on for
  /// so long; a second one ends that. Without, it is killed at once, the result is process, and the signal stays for
  /// others to see.
  const Interrupts* interrupts = nullptr;
  std::chrono::milliseconds grace{0};
  int stop_fd = -1; ///< readable: the container is killed, and the result is process
};

struct RunResult {
  int exit_code = 0; ///< of the container's program; 128 + signal where one ended it
  std::string out;
  std::string err;
  bool output_cut = false;
  Trace trace;                    ///< in trace mode; with symbols
  std::vector<std::string> notes; ///< how the run differs from what was asked, for people
  std::chrono::milliseconds duration{0};
};

/// The container runtime: runc in PATH. not_found with a hint where there is none.
Result<std::filesystem::path> find_runtime();

/// Runs it; any thread, several at a time. An exit code other than 0 is a result; an error means that the program did
/// not run to its end: it could not be started (process, with the runtime's reason), timeout, or process after a signal
/// without grace. The container is deleted in every case.
Result<RunResult> run_container(Workspace& workspace, Container container, const RunOptions& options);

} // namespace kif::watch
