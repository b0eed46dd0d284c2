// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups.h"

#include <algorithm>

#include "host/root.h"

namespace kif::host {

std::string_view to_string(Cgroups version) noexcept {
  switch (version) {
  case Cgroups::none:
    return "none";
  case Cgroups::v1:
    return "v1";
  case Cgroups::hybrid:
    return "hybrid";
  case Cgroups::v2:
    return "v2";
  }
  return "none";
}

Cgroups cgroups_of(std::string_view mountinfo) {
  bool first = false;
  bool second = false;
  for (const std::string& line : lines(mountinfo)) {
    // proc_pid_mountinfo(5): after optional fields comes "-", then the type.
    const auto parts = words(line);
    const auto dash = std::ranges::find(parts, "-");
    if (dash == parts.end() || dash + 1 == parts.end())
      continue;
    first = first || *(dash + 1) == "cgroup";
    second = second || *(dash + 1) == "cgroup2";
  }
  if (first)
    return second ? Cgroups::hybrid : Cgroups::v1;
  return second ? Cgroups::v2 : Cgroups::none;
}

} // namespace kif::host
