// SPDX-License-Identifier: Apache-2.0
#include "watch/seccomp_profile.h"

#include <cerrno>

#include <nlohmann/json.hpp>
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

/// SECCOMP_RET_TRACE gives ENOSYS where no tracer is attached, and is weaker than a user notification (seccomp(2)): a
/// filter inside the container that hands the call to a listener wins. A tracer inside could let the call go on to the
/// kernel, so nobody may trace.
Json refuse_getrandom(Denial denial) {
  if (denial != Denial::unanswered)
    return Json::array({refuse(Json::array({"getrandom"}), denial == Denial::enosys ? ENOSYS : EPERM)});
  return Json::array({Json{{"names", {"getrandom"}}, {"action", "SCMP_ACT_TRACE"}},
                      refuse(Json::array({"ptrace"}), EPERM)});
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

std::optional<Json> seccomp_profile(Mode mode, Denial denial, const std::string& listener_path) {
  Json profile = {{"defaultAction", "SCMP_ACT_ALLOW"}, {"architectures", architectures()}};
  if (mode == Mode::deny) {
    Json alg_sockets = refuse(Json::array({"socket"}), EAFNOSUPPORT);
    alg_sockets["args"] = Json::array({{{"index", 0}, {"value", AF_ALG}, {"op", "SCMP_CMP_EQ"}}});
    profile["syscalls"] = refuse_getrandom(denial);
    profile["syscalls"].push_back(std::move(alg_sockets));
    profile["syscalls"].push_back(refuse_io_uring());
    return profile;
  }
  if (mode == Mode::trace) {
    Json names = Json::array();
    for (const std::string_view name : traced_calls())
      names.push_back(name);
    profile["listenerPath"] = listener_path;
    profile["syscalls"] =
        Json::array({Json{{"names", std::move(names)}, {"action", "SCMP_ACT_NOTIFY"}}, refuse_io_uring()});
    return profile;
  }
  return std::nullopt;
}

} // namespace kif::watch
