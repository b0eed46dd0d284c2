// SPDX-License-Identifier: Apache-2.0
#include "init/voice.h"

#include <algorithm>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::init {
namespace {

/// As much as a kubelet reads (k8s.io/kubernetes, MaxContainerTerminationMessageLength).
constexpr std::size_t k_max_message_bytes = 4096;

bool g_speaks_for_container = false;

} // namespace

StatusFormat spoken_format() noexcept {
  return status_format(std::getenv("KIF_STATUS"));
}

void say(int fd, std::string_view text) noexcept {
  [[maybe_unused]] const auto written = write_all(fd, std::as_bytes(std::span(text)), "text");
}

void speak_for_the_container() noexcept {
  g_speaks_for_container = true;
}

void say_last_words(std::string_view text, const char* termination_log) noexcept {
  say(STDERR_FILENO, text);
  if (!g_speaks_for_container)
    return;
  // Not made where it is not there: it is a mount. Not emptied: the application's own words are worth more.
  const UniqueFd log(::open(termination_log, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  struct stat info {};
  if (log && ::fstat(log.get(), &info) == 0 && S_ISREG(info.st_mode))
    say(log.get(), text.substr(0, std::min(text.size(), k_max_message_bytes)));
}

} // namespace kif::init
