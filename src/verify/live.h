// SPDX-License-Identifier: Apache-2.0
// `kif verify --live`: the image is run while the kernel's randomness is refused, and while every use of it is
// recorded.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "verify/report.h"
#include "verify/subject.h"
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
  /// The user has asked kif to stop: what runs is being killed, and no more is to be started.
  virtual bool stopped() const = 0;
  /// An empty folder that containers may share.
  virtual Result<std::filesystem::path> make_folder() = 0;
};

class RuntimeRunner final : public Runner {
public:
  RuntimeRunner(watch::Workspace& workspace, const watch::Interrupts& interrupts)
      : m_workspace(workspace), m_interrupts(interrupts) {}
  Result<watch::RunResult> run(const watch::Container& container, const std::string& standard_input,
                               std::chrono::milliseconds timeout, int stop_fd) override;
  bool stopped() const override { return m_interrupts.waiting(); }
  Result<std::filesystem::path> make_folder() override { return m_workspace.make_folder(); }

private:
  watch::Workspace& m_workspace;
  const watch::Interrupts& m_interrupts;
};

struct LiveOptions {
  std::filesystem::path probe;                                              ///< kif-probe on this machine
  unsigned lanes = 2;                                                       ///< containers at a time
  std::function<void(std::string_view)> progress = [](std::string_view) {}; ///< called under a lock
};

/// Runs all of it and draws the conclusions. An error: the user stopped it, or nothing could be prepared; whatever
/// fails within one container is a finding.
Result<Report> verify_live(const Subject& subject, Runner& runner, const LiveOptions& options);

} // namespace kif::verify
