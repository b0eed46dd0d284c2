// SPDX-License-Identifier: Apache-2.0
// kif-init: first process of a container. Power-on checks, one status line, then the application. See docs/kif-init.md.
#include <cstdlib>
#include <span>
#include <string_view>

#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "init/application.h"
#include "init/arguments.h"
#include "init/check_process.h"
#include "init/checks.h"
#include "init/status.h"

namespace {

using namespace kif;
using namespace kif::init;

std::int64_t g_start_ms = 0; // set once, before any check

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

/// A closed or full stderr is no reason not to start.
void say(int fd, std::string_view text) {
  [[maybe_unused]] const auto written = write_all(fd, std::as_bytes(std::span(text)), "text");
}

StatusFormat format() {
  return status_format(std::getenv("KIF_STATUS"));
}

int report(const FailedCheck& failed) {
  say(STDERR_FILENO, render(failed, format()));
  return exit_code(failed.failure);
}

int check() {
  const auto ready = run_checks(Layer());
  if (!ready)
    return report(ready.error());
  say(STDERR_FILENO, render(*ready, now_ms() - g_start_ms, format()));
  return 0;
}

/// The checks, and what they came to. 0: the application may start.
int check_apart(bool takes_signals) {
  const CheckProcess checks = run_check_process(check, takes_signals);
  return checks.refused ? report(checks.failure) : checks.exit_code;
}

int run(std::span<char*> command) {
  // The first process of a container has duties that the kernel gives to no other. Elsewhere (behind an engine's own
  // init, in a pod that shares its process namespace, in a shell) there is somebody who has them, and kif-init gets out
  // of the way altogether.
  if (::getpid() != 1) {
    const int code = check_apart(false);
    return code != 0 ? code : become_application(command);
  }
  const SignalState before = block_signals();
  const int code = check_apart(true);
  return code != 0 ? code : supervise_application(command, before);
}

} // namespace

int main(int argc, char** argv) {
  g_start_ms = now_ms();
  const auto arguments = parse_arguments(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  if (!arguments)
    return report({Failure::usage, arguments.error()});
  switch (arguments->action) {
  case Action::help:
    say(STDOUT_FILENO, k_usage);
    return 0;
  case Action::version:
    say(STDOUT_FILENO, "kif-init " KIF_VERSION "\n");
    return 0;
  case Action::check:
    return check_apart(false);
  case Action::run:
    break;
  }
  return run(arguments->command);
}
