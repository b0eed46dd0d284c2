// SPDX-License-Identifier: Apache-2.0
// `kif verify --live`: the image is run while the kernel's randomness is refused, and while every use of it is
// recorded.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "verify/report.h"
#include "verify/subject.h"
#include "verify/workload.h"
#include "watch/run.h"

namespace kif::verify {

/// Runs containers. Tests put their own in its place. Several threads call run() at a time.
class Runner {
public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  /// As watch::run_container. `stop_fd`, where it is not −1, ends the container when it becomes readable.
  virtual Result<watch::RunResult> run(const watch::Container& container, const std::string& standard_input,
                                       std::chrono::milliseconds timeout, int stop_fd) = 0;
  /// The same for a program that may stay up, with a root that it can write to, and that nobody else sees written.
  virtual Result<watch::RunResult> attend(const watch::Container& container, const std::string& standard_input,
                                          const watch::Attendance& attendance) = 0;
  /// An empty folder that containers may share.
  virtual Result<std::filesystem::path> make_folder() = 0;
};

class RuntimeRunner final : public Runner {
public:
  /// Each container has these bounds, and `unconfined` as watch::Container does.
  RuntimeRunner(watch::Workspace& workspace, const watch::Bounds& bounds, bool unconfined)
      : m_workspace(workspace), m_bounds(bounds), m_unconfined(unconfined) {}
  Result<watch::RunResult> run(const watch::Container& container, const std::string& standard_input,
                               std::chrono::milliseconds timeout, int stop_fd) override;
  Result<watch::RunResult> attend(const watch::Container& container, const std::string& standard_input,
                                  const watch::Attendance& attendance) override;
  Result<std::filesystem::path> make_folder() override { return m_workspace.make_folder(); }

private:
  watch::Workspace& m_workspace;
  watch::Bounds m_bounds;
  bool m_unconfined;
};

struct LiveOptions {
  std::filesystem::path probe; ///< kif-probe on this machine
  std::filesystem::path java_probe = {}; ///< the folder with the Java probe's classes; empty: this kif has none
  std::string post_quantum =
      {};             ///< a sentence: under which certificates ML-KEM and its kin count; empty: nothing is said
  unsigned lanes = 2; ///< containers at a time
  std::function<void(std::string_view)> progress = [](std::string_view) {}; ///< called under a lock
  Certificates certificates = {};                                           ///< what is said beside claimed ones
  Date today = {};                                                          ///< the day on which they are looked at
  std::optional<Workload> workload = {}; ///< the image's own program; none: it is not run, and the report says so
};

/// Runs all of it and draws the conclusions. An error: nothing could be prepared; whatever fails within one container
/// is a finding.
Result<Report> verify_live(const Subject& subject, Runner& runner, const LiveOptions& options);

} // namespace kif::verify
