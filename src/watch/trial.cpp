// SPDX-License-Identifier: Apache-2.0
#include "watch/trial.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/wait.h>

#include "base/file.h"

namespace kif::watch {

int wait_for_exit(pid_t child) {
  int status = 0;
  pid_t ended = -1;
  while (child > 0 && (ended = ::waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  return child > 0 && ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool write_kernel_file(const char* path, std::string_view text) noexcept {
  const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

} // namespace kif::watch
