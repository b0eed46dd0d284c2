// SPDX-License-Identifier: Apache-2.0
#include "host/sandbox.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "broker/catch_all.h"
#include "broker/container_address.h"

namespace kif::host {
namespace {

constexpr std::string_view k_status = "/proc/self/status";

Result<std::vector<std::string>> read_actions(const Root& root) {
  KIF_TRY(const std::string text, root.text("/proc/sys/kernel/seccomp/actions_avail"));
  return words(text);
}

} // namespace

Result<std::string> seccomp_mode(std::string_view status) {
  KIF_TRY(const std::string value, field(status, "Seccomp", k_status));
  if (value == "0")
    return std::string("off");
  if (value == "1")
    return std::string("strict");
  if (value == "2")
    return std::string("filter");
  return fail(ErrorCode::invalid_input, "Seccomp is " + value + " in " + std::string(k_status));
}

Result<void> try_user_namespace() {
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot fork"));
  if (child == 0)
    ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status))
    return fail(ErrorCode::process, "its trial was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    return fail(system_error(WEXITSTATUS(status), "cannot make one"));
  return {};
}

Result<void> try_broker_socket() {
  sockaddr_un address{};
  socklen_t size = 0;
  if (!broker::address_of_container(address, size))
    return fail(ErrorCode::unsupported, "this process's root cannot be looked at");
  const UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket)
    return fail(system_error(errno, "cannot make a socket"));
  const std::string name = "kif-host-" + std::to_string(::getpid());
  address = {};
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path + 1); // behind the zero that makes it abstract
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return fail(system_error(errno, "cannot name a socket"));
  if (::listen(socket.get(), 1) != 0)
    return fail(system_error(errno, "cannot listen on a socket"));
  return {};
}

Sandbox look_at_sandbox(const Root& root) {
  Sandbox found;
  const auto status = root.text(k_status);
  if (status) {
    found.seccomp_mode = seccomp_mode(*status);
    auto privileges = field(*status, "NoNewPrivs", k_status);
    if (privileges)
      found.no_new_privileges = *privileges == "1";
    else
      found.no_new_privileges = fail(std::move(privileges).error());
  } else {
    found.seccomp_mode = fail(status.error());
    found.no_new_privileges = fail(status.error());
  }
  found.seccomp_actions = read_actions(root);
  found.user_notification = broker::try_catch_all();
  found.user_namespace = try_user_namespace();
  found.broker_socket = try_broker_socket();
  return found;
}

} // namespace kif::host
