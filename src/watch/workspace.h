// SPDX-License-Identifier: Apache-2.0
// Where containers are made and run, and the promise that nothing of it outlives kif.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace kif::watch {

/// A temporary folder with the runtime's state in it, and a second process, the guard, that waits for the end of this
/// one. When the object goes, or kif dies in whatever way (SIGKILL too), the guard stops and deletes every container of
/// this workspace, then removes the folder. The guard is in a session of its own, so that a terminal's Ctrl-C or a
/// signal to kif's process group does not end it.
///
/// Make it before any thread: the guard is a fork.
class Workspace {
public:
  /// `runtime` is the program that deletes containers (runc).
  static Result<std::unique_ptr<Workspace>> create(const std::filesystem::path& runtime);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace();

  const std::filesystem::path& path() const noexcept { return m_path; }
  const std::filesystem::path& runtime() const noexcept { return m_runtime; }
  std::filesystem::path state_folder() const { return m_path / "state"; }
  /// A new folder "1", "2", … in it. Any thread.
  Result<std::filesystem::path> make_folder();

  /// For create().
  Workspace(std::filesystem::path path, std::filesystem::path runtime, UniqueFd lifeline, int guard_pid)
      : m_path(std::move(path)), m_runtime(std::move(runtime)), m_lifeline(std::move(lifeline)),
        m_guard_pid(guard_pid) {}

private:
  std::filesystem::path m_path;
  std::filesystem::path m_runtime;
  UniqueFd
      m_lifeline; ///< write end of a pipe; its closing is the message, and a byte before it says that all is in order
  int m_guard_pid;
  std::atomic<int> m_folders{0};
};

/// Stops and deletes all containers whose state is in `state_folder`; false where one is still there afterwards.
bool delete_containers(const std::filesystem::path& runtime, const std::filesystem::path& state_folder);

/// Removes a folder with all it holds, also what its owner may not enter (an image's folders of mode 0).
void remove_tree(const std::filesystem::path& folder);

} // namespace kif::watch
