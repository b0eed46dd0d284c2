// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <string>
#include <vector>

#include "cli/app.h"

int main(int argc, char** argv) {
  // Inherited as ignored, it would make the kernel throw away the exit codes of the programs that kif runs.
  std::signal(SIGCHLD, SIG_DFL);
  kif::cli::Terminal terminal = kif::cli::Terminal::of_process();
  return static_cast<int>(kif::cli::run_guarded(
      [&] {
        return kif::cli::run_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), terminal);
      },
      terminal));
}
