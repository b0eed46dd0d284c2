// SPDX-License-Identifier: Apache-2.0
#include "host/container.h"

#include <algorithm>
#include <array>

namespace kif::host {
namespace {

struct Namespace {
  std::string_view name;
  std::string_view first; ///< the link of the kernel's first one
};

// The numbers of the first namespaces are fixed: include/linux/proc_ns.h of Linux, since 3.8 (cgroup: 4.6, time: 5.6).
// Network and mount namespaces have none.
constexpr std::array<Namespace, 6> k_first = {{{"pid", "pid:[4026531836]"},
                                               {"ipc", "ipc:[4026531839]"},
                                               {"uts", "uts:[4026531838]"},
                                               {"user", "user:[4026531837]"},
                                               {"cgroup", "cgroup:[4026531835]"},
                                               {"time", "time:[4026531834]"}}};

bool names_container(const std::string& environment) {
  return environment.starts_with("container=") ||
         environment.find(std::string("\0container=", 11)) != std::string::npos;
}

} // namespace

Result<Container> look_for_container(const Root& root, bool is_gvisor) {
  Container found;
  bool any_read = false;
  std::string reason;
  for (const Namespace& kind : k_first) {
    const auto link = root.link("/proc/self/ns/" + std::string(kind.name));
    any_read = any_read || link.has_value();
    if (link && *link != kind.first)
      found.own_namespaces.emplace_back(kind.name);
    if (!link && reason.empty())
      reason = link.error().message;
  }
  for (const char* mark : {"/.dockerenv", "/run/.containerenv"})
    if (root.has(mark))
      found.marks.emplace_back(mark);
  if (const auto environment = root.text("/proc/1/environ"); environment && names_container(*environment))
    found.marks.emplace_back("container= in the environment of process 1");
  if (is_gvisor)
    found.marks.emplace_back("gVisor");
  if (!any_read && !is_gvisor)
    return fail(ErrorCode::not_found, reason);
  const bool own_numbers = std::ranges::find(found.own_namespaces, "pid") != found.own_namespaces.end();
  found.inside = is_gvisor || own_numbers || (!found.marks.empty() && !found.own_namespaces.empty());
  return found;
}

} // namespace kif::host
