// SPDX-License-Identifier: Apache-2.0
// Child processes: run a program, feed it nothing or a string, collect bounded output, end in bounded time.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace kif {

struct Command {
  std::vector<std::string> argv;                                    ///< argv[0] is looked up in PATH where it has no slash
  std::optional<std::vector<std::string>> environment = {};         ///< "NAME=value"; none: this process's own
  std::filesystem::path working_directory = {};                     ///< empty: this process's own
  std::string standard_input = {};                                  ///< empty: /dev/null
  std::size_t max_output_bytes = 16 * 1024 * 1024;                  ///< of each stream; more is too_large, and the child is killed
  std::optional<std::chrono::milliseconds> timeout = {};            ///< passed: the child is killed, and the result is timeout
};

struct ProcessOutput {
  int exit_code = 0; ///< 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

/// Runs the command to its end. An exit code other than 0 is a result, not an error; an error means that it could not be run
/// (not_found: no such program), or passed a bound. The child gets no descriptor but 0, 1 and 2 and default signal handling.
Result<ProcessOutput> run(const Command& command);

/// The path of a program found in PATH, or none.
std::optional<std::filesystem::path> find_program(const std::string& name);

} // namespace kif
