// SPDX-License-Identifier: Apache-2.0
// The kernel's control groups (cgroups(7)), of both versions: whether they bound containers here, and what a runtime
// that was killed leaves of them.
#pragma once

#include <string>

namespace kif::watch {

struct ControlGroups {
  bool bound = false;      ///< the runtime can bound memory and processes by groups of its own
  bool count_swap = false; ///< with a group's memory: a runtime that is to bound swap fails where they do not
};

/// Tried with groups of this name, which are removed again.
ControlGroups find_control_groups(const std::string& name);

/// Removes the groups whose names begin so. They must be empty: of one that is not, nothing is removed.
void remove_control_groups(const std::string& prefix);

} // namespace kif::watch
