// SPDX-License-Identifier: Apache-2.0
// spawn COMMAND ARGS…: for every line on stdin, the ns from the start of the command to its end.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "each_line.h"

extern char** environ; // NOLINT(readability-redundant-declaration)

int main(int argc, char** argv) {
  if (argc < 2)
    return 2;
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  return bench::for_each_line([&]() -> double {
    pid_t child = 0;
    int status = 0;
    const std::int64_t start = bench::now_ns();
    if (::posix_spawnp(&child, argv[1], &quiet, nullptr, argv + 1, environ) != 0 || ::waitpid(child, &status, 0) != child ||
        status != 0)
      return -1;
    return static_cast<double>(bench::now_ns() - start);
  });
}
