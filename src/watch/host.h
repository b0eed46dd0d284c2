// SPDX-License-Identifier: Apache-2.0
// Who runs the runtime, and what this machine gives it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace kif::watch {

/// Root; or a user who becomes root of a user name space of the container's own, where only his uid and gid exist.
struct Host {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool has_control_groups = false;   ///< that bound a container's memory and processes
  bool counts_swap = false;          ///< and its swap with the memory
  bool has_user_name_spaces = false; ///< for containers of root, with all numbers as they are
  bool is_rootless() const noexcept { return uid != 0; }
  bool gives_user_name_space() const noexcept { return is_rootless() || has_user_name_spaces; }

  /// denied, with a hint, where this process may make no name spaces: no runtime can make containers then.
  static Result<void> check_rights();

  /// Tries out what has to be tried: with mounts over `folder`, in a child, and with control groups of its name and
  /// "-0", which are removed again.
  static Host find(const std::filesystem::path& folder);
};

} // namespace kif::watch
