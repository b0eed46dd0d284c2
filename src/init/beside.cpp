// SPDX-License-Identifier: Apache-2.0
#include "init/beside.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "init/failure.h"
#include "init/voice.h"

namespace kif::init {
namespace {

/// In process 1, where kif-init beside tries to write; forks have it at the same address.
volatile unsigned char g_tried = 0;

int ended(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    return WEXITSTATUS(status);
  const std::string how =
      WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status)) : "exited before they had passed";
  const FailedCheck failed{Failure::unfinished, {ErrorCode::process, "cannot finish the checks: their process " + how}};
  say_last_words(render(failed, spoken_format()));
  return exit_code(failed.failure);
}

} // namespace

bool application_is_first(const char* value) noexcept {
  return value != nullptr && std::string_view(value) == "application";
}

int wait_for_word(pid_t kif_init, int link, Word& word) {
  const sigset_t all = waitable_signals();
  const UniqueFd signals(::signalfd(-1, &all, SFD_CLOEXEC));
  for (;;) {
    std::array<pollfd, 2> polls{{{link, POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    if (::poll(polls.data(), polls.size(), -1) <= 0)
      continue;
    if (polls[1].revents != 0)
      if (const int number = ending_signal(signals.get()); number != 0)
        ::kill(kif_init, number);
    if (polls[0].revents == 0)
      continue;
    if (::read(link, &word, 1) == 1)
      return 0;
    int status = 0;
    while (::waitpid(kif_init, &status, 0) < 0 && errno == EINTR) {
    }
    return ended(status);
  }
}

std::string cannot_answer(pid_t process) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/mem", static_cast<int>(process));
  const UniqueFd memory(::open(path.data(), O_WRONLY | O_CLOEXEC));
  const unsigned char tried = 1;
  const auto address = static_cast<off64_t>(reinterpret_cast<std::uintptr_t>(&g_tried));
  if (memory && ::pwrite64(memory.get(), &tried, 1, address) == 1)
    return {};
  return system_error(errno, "kif-init cannot write to the memory of process 1").message;
}

void stay_beside(Companion& companion) {
  const sigset_t signals = waitable_signals();
  for (;;) {
    siginfo_t info{};
    if (wait_for_signal(signals, info, companion.pause_ms()) == SIGCHLD) {
      int status = 0;
      pid_t child = 0;
      while ((child = ::waitpid(-1, &status, WNOHANG)) > 0)
        companion.child_ended(child, status);
    }
    companion.look();
  }
}

} // namespace kif::init
