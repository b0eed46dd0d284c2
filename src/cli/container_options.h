// SPDX-License-Identifier: Apache-2.0
// Options about a container's program, which several commands have.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "verify/workload.h"

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace kif::cli {

/// --env NAME=VALUE, repeatable.
void add_environment_option(CLI::App& command, std::vector<std::string>& environment);

/// --user USER[:GROUP].
void add_user_option(CLI::App& command, std::optional<std::string>& user);

/// What holds a container down.
struct Confinement {
  watch::Bounds bounds;
  bool unconfined = false; ///< as watch::Container has it
};

/// --memory SIZE, --pids-limit N and --storage SIZE, with their defaults, and --security-opt seccomp=unconfined.
void add_confinement_options(CLI::App& command, Confinement& confinement);

/// "500ms", "10s", "2m", "1h": from 1 ms to a day; invalid_input for anything else.
Result<std::chrono::milliseconds> parse_duration(const std::string& text);

/// "SOURCE:DESTINATION", read-only, or with ":rw"; invalid_input for anything else. The destination is absolute.
Result<watch::BindMount> parse_bind(const std::string& text);

/// What `kif verify --live` is told about the image's own program, as it was written.
struct WorkloadFlags {
  bool probe_only = false;
  std::string lifetime;
  std::string ready; ///< a port, or a text
  std::vector<std::string> exercises;
  std::optional<std::string> entrypoint;
  std::vector<std::string> environment;
  std::optional<std::string> user;
  std::vector<std::string> binds;
  std::string standard_input; ///< a file
  std::vector<std::string> command;

  /// An option besides --probe-only was given: the first that was, or an empty text.
  std::string first_given() const;
};

void add_workload_options(CLI::App& command, WorkloadFlags& flags);

/// Reads what the options name. An error is a mistake on the command line.
Result<verify::WorkloadChoice> workload_choice(const WorkloadFlags& flags);

} // namespace kif::cli
