// SPDX-License-Identifier: Apache-2.0
#include "watch/seccomp_profile.h"

#include <cerrno>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "watch/notification.h"

namespace kif::watch {
namespace {

using Json = nlohmann::ordered_json;

Json architectures() {
#if defined(__x86_64__)
  return {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#else
  return {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#endif
}

Json refuse(Json names, int error) {
  return {{"names", std::move(names)}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", error}};
}

/// Through io_uring a program opens, reads and makes sockets (AF_ALG's too, since Linux 5.19) without those system
/// calls.
Json refuse_io_uring() {
  return refuse(Json::array({"io_uring_setup"}), ENOSYS);
}

/// i386's call for all that sockets do (net/socket.c) has the family in memory, where no filter sees it: no socket is
/// made by it. C libraries have called socket() itself since Linux 4.3.
constexpr int k_socketcall_socket = 1;

Json refuse_sockets(const char* call, int first_argument) {
  Json refusal = refuse(Json::array({call}), EAFNOSUPPORT);
  // The kernel takes an int, the lower half of what the filter compares.
  refusal["args"] =
      Json::array({{{"index", 0}, {"value", 0xffffffffU}, {"valueTwo", first_argument}, {"op", "SCMP_CMP_MASKED_EQ"}}});
  return refusal;
}

/// SECCOMP_RET_TRACE gives ENOSYS where no tracer is attached, and is weaker than a user notification (seccomp(2)): a
/// filter inside the container that hands the call to a listener wins. A tracer inside could let the call go on to the
/// kernel, so nobody may trace.
Json refuse_getrandom(Denial denial) {
  if (denial != Denial::unanswered)
    return Json::array({refuse(Json::array({"getrandom"}), denial == Denial::enosys ? ENOSYS : EPERM)});
  return Json::array(
      {Json{{"names", {"getrandom"}}, {"action", "SCMP_ACT_TRACE"}}, refuse(Json::array({"ptrace"}), EPERM)});
}

// Moby's default profile allows by name what a container with the usual capabilities needs. These are the calls that it
// leaves out, and those that it ties to capabilities which kif's containers do not have; but for personality(2), and
// for io_uring, which is refused above.
Json refuse_what_engines_refuse() {
  Json rules = Json::array();
  rules.push_back(refuse({"acct",
                          "add_key",
                          "bpf",
                          "clock_settime",
                          "clock_settime64",
                          "create_module",
                          "delete_module",
                          "fanotify_init",
                          "finit_module",
                          "fsconfig",
                          "fsmount",
                          "fsopen",
                          "fspick",
                          "get_kernel_syms",
                          "get_mempolicy",
                          "init_module",
                          "ioperm",
                          "iopl",
                          "kcmp",
                          "kexec_file_load",
                          "kexec_load",
                          "keyctl",
                          "lookup_dcookie",
                          "mbind",
                          "migrate_pages",
                          "mount",
                          "mount_setattr",
                          "move_mount",
                          "move_pages",
                          "nfsservctl",
                          "open_by_handle_at",
                          "open_tree",
                          "perf_event_open",
                          "pidfd_getfd",
                          "pivot_root",
                          "process_madvise",
                          "query_module",
                          "quotactl",
                          "quotactl_fd",
                          "reboot",
                          "request_key",
                          "set_mempolicy",
                          "set_mempolicy_home_node",
                          "setdomainname",
                          "sethostname",
                          "setns",
                          "settimeofday",
                          "stime",
                          "swapoff",
                          "swapon",
                          "_sysctl",
                          "sysfs",
                          "syslog",
                          "umount",
                          "umount2",
                          "unshare",
                          "uselib",
                          "userfaultfd",
                          "ustat",
                          "vhangup",
                          "vm86",
                          "vm86old"},
                         EPERM));
  // Its flags are in memory, where no filter sees them: C libraries go back to clone().
  rules.push_back(refuse(Json::array({"clone3"}), ENOSYS));
  for (const unsigned kind :
       {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    Json refusal = refuse(Json::array({"clone"}), EPERM);
    refusal["args"] = Json::array({{{"index", 0}, {"value", kind}, {"valueTwo", kind}, {"op", "SCMP_CMP_MASKED_EQ"}}});
    rules.push_back(std::move(refusal));
  }
  rules.push_back(refuse_sockets("socket", AF_VSOCK));
  return rules;
}

} // namespace

std::string_view to_string(Denial denial) noexcept {
  switch (denial) {
  case Denial::enosys:
    return "ENOSYS";
  case Denial::eperm:
    return "EPERM";
  case Denial::unanswered:
    return "unanswered";
  }
  return "ENOSYS";
}

Json seccomp_profile(Mode mode, Denial denial, bool unconfined, const std::string& listener_path) {
  Json profile = {{"defaultAction", "SCMP_ACT_ALLOW"}, {"architectures", architectures()}};
  Json rules = Json::array();
  if (mode == Mode::deny) {
    rules = refuse_getrandom(denial);
    rules.push_back(refuse_sockets("socket", AF_ALG));
    rules.push_back(refuse_sockets("socketcall", k_socketcall_socket));
  }
  if (mode == Mode::trace) {
    Json names = Json::array();
    for (const std::string_view name : traced_calls())
      names.push_back(name);
    profile["listenerPath"] = listener_path;
    rules.push_back({{"names", std::move(names)}, {"action", "SCMP_ACT_NOTIFY"}});
  }
  if (mode == Mode::deny || mode == Mode::trace || !unconfined)
    rules.push_back(refuse_io_uring());
  if (mode == Mode::refused) {
    Json map_code = {{"names", {"mmap"}}, {"action", "SCMP_ACT_TRACE"}};
    map_code["args"] =
        Json::array({{{"index", 2}, {"value", PROT_EXEC}, {"valueTwo", PROT_EXEC}, {"op", "SCMP_CMP_MASKED_EQ"}}});
    profile["listenerPath"] = listener_path;
    rules.push_back({{"names", {"execve", "execveat"}}, {"action", "SCMP_ACT_NOTIFY"}});
    rules.push_back(std::move(map_code));
  }
  if (!unconfined)
    for (Json& rule : refuse_what_engines_refuse())
      rules.push_back(std::move(rule));
  profile["syscalls"] = std::move(rules);
  return profile;
}

} // namespace kif::watch
