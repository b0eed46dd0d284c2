// SPDX-License-Identifier: Apache-2.0
// The image's own program, or what is run in its place: what is run, in which ways, and what came of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/subject.h"
#include "watch/run.h"

namespace kif::verify {

/// What a command line asks for in place of what the image says.
struct WorkloadChoice {
  std::vector<std::string> command = {};        ///< instead of the image's; its entrypoint stays
  std::optional<std::string> entrypoint = {};   ///< instead of the image's; its command goes too, as with engines
  std::vector<std::string> environment = {};    ///< "NAME=value", set over the image's
  std::optional<std::string> user = {};         ///< as an image names one
  std::vector<watch::BindMount> binds = {};     ///< sources on this machine
  std::string standard_input = {};              ///< its bytes
  watch::Attendance attendance = {};            ///< the stop signal is the image's
};

struct Workload {
  std::vector<std::string> arguments; ///< empty: there is no program to run
  std::vector<std::string> environment;
  std::string working_directory = "/";
  watch::User user = {};
  std::vector<watch::BindMount> binds = {};
  std::string standard_input = {};
  watch::Attendance attendance = {};

  bool starts_through_init() const;
  /// The catch-all may be at work: kif-init starts it, and nothing switches the catch-all off.
  bool may_have_catch_all() const;
  bool wants_ready() const { return attendance.ready_port.has_value() || !attendance.ready_line.empty(); }
};

/// not_found for a user that the image does not have, invalid_input for a stop signal that is none.
Result<Workload> workload_of(const Subject& subject, const WorkloadChoice& choice);

/// The number of "SIGQUIT", "QUIT", "3" or "SIGRTMIN+3"; SIGTERM of an empty text; none of another.
std::optional<int> signal_number(std::string_view name);

/// `entry` takes the place of another of its name.
void set_variable(std::vector<std::string>& environment, const std::string& entry);

/// KIF_CATCH_ALL=on lets kif-init end where its filter has no place. Under a denial and a trace kif's own filter is in
/// that place, so there it is `auto`. True where it was changed.
bool let_catch_all_go(std::vector<std::string>& environment);

/// The ways in which the program is run. `unanswered` is a denial that leaves the catch-all its place, and is only
/// where that may be at work; `control` is the trace of the same program with the stock configuration, without kif-init.
enum class WorkloadMode { deny_enosys, deny_eperm, unanswered, trace, control };
std::string_view to_string(WorkloadMode mode) noexcept;

struct WorkloadRun {
  WorkloadMode mode = WorkloadMode::trace;
  std::string failure = {}; ///< empty, or why it did not start, or could not be seen to its end
  watch::RunResult result = {};

  bool ended_by_itself() const noexcept { return failure.empty() && !result.attended.stayed_up(); }
};

struct WorkloadResults {
  Workload workload;
  std::vector<WorkloadRun> runs = {};
  bool has_layer = false;                ///< else there is no configuration to be led past
  std::vector<std::string> probed = {};  ///< the variables with which the probe was run
  const WorkloadRun* find(WorkloadMode mode) const;
  /// kif-init said so in the run that leaves the catch-all its place.
  bool has_catch_all() const;
};

/// In the order in which they are begun. `has_control`: there is a stock configuration.
std::vector<WorkloadMode> workload_modes(const Workload& workload, bool has_control);

/// Sets up a container for the way: mode, arguments and variables. `container` has the image's root, and for the
/// control its configuration.
void set_up_workload(const Workload& workload, WorkloadMode mode, watch::Container& container);

/// Whether kif-init's own lines (KIF_STATUS=json), with which its container's stderr begins, say that the catch-all is at
/// work. What the program writes comes after them.
bool says_catch_all_is_on(std::string_view stderr_text);

} // namespace kif::verify
