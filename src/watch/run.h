// SPDX-License-Identifier: Apache-2.0
// Runs a container under the runtime to its end.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "watch/attendance.h"
#include "watch/container.h"
#include "watch/interrupts.h"
#include "watch/recorder.h"
#include "watch/refusals.h"
#include "watch/workspace.h"

namespace kif::watch {

struct RunOptions {
  /// Given: the container has kif's own stdin and stdout, and this gets what its program writes on stderr, byte by byte
  /// and only when kif's own stderr takes it. The runtime's own words go into the result or the error. None: all output
  /// is collected.
  std::function<void(std::string_view)> pass_on_stderr = {};
  std::string standard_input = {};                ///< when collected; empty: /dev/null
  std::size_t max_output_bytes = 4 * 1024 * 1024; ///< of each collected stream; what is more is dropped and marked
  std::optional<std::chrono::milliseconds> timeout = {}; ///< passed: the container is killed, and the result is timeout
  /// Signals for the container: they are taken and passed on to it, and it may go on for as long as `grace`; a second
  /// one ends that. Without, a signal ends kif itself, and the container with it.
  const Interrupts* interrupts = nullptr;
  std::chrono::milliseconds grace{0};
  int stop_fd = -1; ///< readable: the container is killed, and the result is process
  /// Given, and output is collected: the container is attended to, and ended when its time is over.
  const Attendance* attendance = nullptr;
};

struct RunResult {
  int exit_code = 0; ///< of the container's program; 128 + signal where one ended it
  std::string out;
  std::string err;
  bool output_cut = false;
  Trace trace;                    ///< in trace mode; with symbols
  Refusals refusals;              ///< in refused mode; with symbols
  std::vector<std::string> notes; ///< how the run differs from what was asked, for people
  std::chrono::milliseconds duration{0};
  Attended attended = {}; ///< where there was an attendance
};

/// The container runtime: runc in PATH. not_found with a hint where there is none.
Result<std::filesystem::path> find_runtime();

/// Runs it; any thread, several at a time. An exit code other than 0 is a result; an error means that the program did
/// not run to its end: it could not be started (process, with the runtime's reason), timeout, or process where
/// `stop_fd` told. The container is deleted in every case.
Result<RunResult> run_container(Workspace& workspace, Container container, const RunOptions& options);

} // namespace kif::watch
