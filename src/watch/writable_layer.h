// SPDX-License-Identifier: Apache-2.0
// A container that may write, within bounds, and a root that stays as it is for all others that run in it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/process.h"
#include "base/result.h"
#include "watch/container.h"
#include "watch/host.h"

namespace kif::watch {

/// The layer that the empty `folder` is for, for a container of `root`; none where this kernel mounts no such overlay
/// for this user: tried, in a child of its own.
Result<std::optional<WritableLayer>> make_writable_layer(const std::filesystem::path& folder,
                                                         const std::filesystem::path& root, const Bounds& bounds,
                                                         const Host& host);

/// Mounts a layer for a runtime that is to be started. The runtime gets a mount name space of its own, an ordinary
/// user's also a user name space, in which he has the rights to mount and his own numbers.
class WritableMount {
public:
  static Result<WritableMount> prepare(const WritableLayer& layer, const std::filesystem::path& root,
                                       const Bounds& bounds, const Host& host);

  /// What is done in the runtime's child. The object must outlive the start.
  Command::Preparation preparation() const noexcept { return {&mount_in_child, this}; }

private:
  static bool mount_in_child(const void* mount) noexcept;

  std::string m_folder;
  std::string m_upper;
  std::string m_work;
  std::string m_options;
  std::string m_uid_map;
  std::string m_gid_map;
  bool m_is_rootless = false;
  std::uint32_t m_mode = 0755; ///< of the container's /, with its owner
  std::uint32_t m_uid = 0;
  std::uint32_t m_gid = 0;
};

/// kif's view of a layer: nothing until the runtime was started, and good after its end.
class WrittenView {
public:
  /// Tells the layer where it is.
  static Result<WrittenView> open(WritableLayer& layer);
  /// Once the runtime runs. Without the right to look, the view stays empty.
  void look_into(int runtime_pid) const noexcept;

private:
  WrittenView(UniqueFd fd, std::string folder) : m_fd(std::move(fd)), m_folder(std::move(folder)) {}
  UniqueFd m_fd;
  std::string m_folder;
};

} // namespace kif::watch
