// SPDX-License-Identifier: Apache-2.0
// Where containers are made and run, and the promise that nothing of it outlives kif.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "watch/host.h"

namespace kif::watch {

/// A temporary folder with the runtime's state in it, and a second process, the guard, that waits for the end of this
/// one. When the object goes, or kif dies in whatever way (SIGKILL too), the guard stops and deletes every container of
/// this workspace, then removes the folder. Where a signal that can be caught ends kif, it does so before kif's end.
/// The guard is in a session of its own, so that a terminal's Ctrl-C or a signal to kif's process group does not end
/// it.
///
/// Make it before any thread but that of EndBySignal: the guard is a fork.
class Workspace {
public:
  /// `runtime` is the program that deletes containers (runc).
  static Result<std::unique_ptr<Workspace>> create(const std::filesystem::path& runtime);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();

  const std::filesystem::path& path() const noexcept { return m_path; }
  const std::filesystem::path& runtime() const noexcept { return m_runtime; }
  const Host& host() const noexcept { return m_host; }
  std::filesystem::path state_folder() const { return m_path / "state"; }
  /// A new folder "1", "2", … in it. Any thread.
  Result<std::filesystem::path> make_folder();

  /// For create().
  Workspace(std::filesystem::path path, std::filesystem::path runtime, std::shared_ptr<std::atomic<int>> lifeline,
            int guard_pid, Undo undo, const Host& host)
      : m_path(std::move(path)), m_runtime(std::move(runtime)), m_host(host), m_lifeline(std::move(lifeline)),
        m_guard_pid(guard_pid), m_undo(std::move(undo)) {}

private:
  std::filesystem::path m_path;
  std::filesystem::path m_runtime;
  Host m_host;
  /// Write end of a pipe; its closing is the message, and a byte before it says that all is in order.
  std::shared_ptr<std::atomic<int>> m_lifeline;
  int m_guard_pid;
  Undo m_undo;
  std::atomic<int> m_folders{0};
};

/// Stops and deletes all containers whose state is in `state_folder`; false where one is still there afterwards.
bool delete_containers(const std::filesystem::path& runtime, const std::filesystem::path& state_folder);

} // namespace kif::watch
