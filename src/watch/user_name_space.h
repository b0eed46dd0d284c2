// SPDX-License-Identifier: Apache-2.0
// Whether root can give containers a user name space (user_namespaces(7)) in which every number is its own: their root
// has rights over what is theirs, and none over this machine.
#pragma once

#include <filesystem>

namespace kif::watch {

/// Tried in a child, over `folder`: a user name space with all that a container mounts in it. Not everywhere:
/// where the kernel has none left to give, where procfs is not visible whole, before Linux 6.6 (user attributes of
/// tmpfs, which overlayfs needs there). For root.
bool can_have_user_name_space(const std::filesystem::path& folder);

} // namespace kif::watch
