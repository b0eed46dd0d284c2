// SPDX-License-Identifier: Apache-2.0
#include "init/arguments.h"

#include <string>

namespace kif::init {

const std::string_view k_usage =
    R"(usage: kif-init [--] COMMAND ARGS...
       kif-init --check
       kif-init --status

Checks the FIPS layer of this container, says so in one line on stderr, and runs COMMAND.
Where a check fails, it says why, does not run COMMAND, and exits with a code from 80 to 92.

  --check     the checks alone; exit code 0 where all pass
  --status    what this container's broker of random bytes has served, as JSON
  --help      this text
  --version   the version of kif-init

KIF_STATUS=json writes the line as JSON, KIF_STATUS=quiet leaves it out where all is well.
KIF_BROKER=off serves no random bytes. KIF_CATCH_ALL=off installs no seccomp filter, KIF_CATCH_ALL=on does not start
without it. KIF_REQUIRE_HARDWARE_TIMER=1 does not start where an emulator makes the time.
)";

Result<Arguments> parse_arguments(std::span<char*> words) {
  Arguments arguments;
  while (!words.empty()) {
    const std::string_view word = words.front();
    if (!word.starts_with('-') || word == "-")
      break;
    words = words.subspan(1);
    if (word == "--")
      break;
    if (word == "--check")
      arguments.action = Action::check;
    else if (word == "--status")
      arguments.action = Action::status;
    else if (word == "--help" || word == "--version")
      return Arguments{word == "--help" ? Action::help : Action::version, {}};
    else
      return fail(Error(ErrorCode::invalid_input, "cannot read the command line: unknown option " + std::string(word))
                      .with_hint("options of the command go behind it; see kif-init --help"));
  }
  if (arguments.action != Action::run && !words.empty())
    return fail(ErrorCode::invalid_input, std::string("cannot read the command line: ") +
                                              (arguments.action == Action::check ? "--check" : "--status") +
                                              " takes no command");
  if (arguments.action == Action::run && words.empty())
    return fail(Error(ErrorCode::invalid_input, "cannot run the application: no command is given")
                    .with_hint("name one after the image, or give the image an entrypoint or a command"));
  arguments.command = words;
  return arguments;
}

} // namespace kif::init
