// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/end_by_signal.h"
#include "cli/app.h"

namespace {

// What is opened first would get the number of a standard stream that is closed, and kif's messages would go there.
bool open_standard_streams() {
  for (int number = 0; number <= STDERR_FILENO; ++number)
    if (::fcntl(number, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != number)
      return false;
  return true;
}

// Both are errors of a write, with a message and an exit code; their signals would end kif on the spot.
void take_write_errors_as_results() {
  for (const int number : {SIGPIPE, SIGXFSZ})
    std::signal(number, SIG_IGN);
}

} // namespace

int main(int argc, char** argv) {
  if (!open_standard_streams())
    return static_cast<int>(kif::cli::ExitCode::could_not_check);
  take_write_errors_as_results();
  // Inherited as ignored, it would make the kernel throw away the exit codes of the programs that kif runs.
  std::signal(SIGCHLD, SIG_DFL);
  const kif::EndBySignal end_by_signal;
  kif::cli::Terminal terminal = kif::cli::Terminal::of_process();
  return static_cast<int>(kif::cli::run_guarded(
      [&] {
        return kif::cli::run_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), terminal);
      },
      terminal));
}
