// SPDX-License-Identifier: Apache-2.0
#include "watch/host.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <sched.h>
#include <unistd.h>

#include "watch/control_groups.h"
#include "watch/trial.h"
#include "watch/user_name_space.h"

namespace kif::watch {

Result<void> Host::check_rights() {
  const bool is_root = ::geteuid() == 0;
  const int number = in_child([is_root] { return ::unshare(is_root ? CLONE_NEWNS : CLONE_NEWUSER) == 0 ? 0 : errno; });
  if (number <= 0) // it may, or there was no child: what the runtime says is better than nothing
    return {};
  return fail(Error(ErrorCode::denied, "cannot run containers: " + std::string(is_root ? "root" : "this user") +
                                           " may make no name spaces here: " + std::strerror(number))
                  .with_hint("in a pod it takes a privileged one with hostPID: true, in a container --privileged"));
}

Host Host::find(const std::filesystem::path& folder) {
  Host host{static_cast<std::uint32_t>(::geteuid()), static_cast<std::uint32_t>(::getegid())};
  if (host.is_rootless())
    return host;
  const ControlGroups groups = find_control_groups(folder.filename().string() + "-0");
  host.has_control_groups = groups.bound;
  host.counts_swap = groups.count_swap;
  host.has_user_name_spaces = can_have_user_name_space(folder);
  return host;
}

} // namespace kif::watch
