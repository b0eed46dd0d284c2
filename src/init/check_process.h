// SPDX-License-Identifier: Apache-2.0
// The checks run in a process of their own. So libcrypto and the module, some megabytes, and whatever they did to this
// process (threads, exit handlers, secrets) are kept from the process that stays, and a crash in them is seen instead
// of suffered. The process may stay after its checks, as the generator of the broker: what it loaded is what it draws
// with.
#pragma once

#include <sys/types.h>

#include "base/file.h"
#include "init/failure.h"

namespace kif::init {

/// The checks take 0.2 s on a free processor. A hundredth of a processor, as a container's limit may give it, needs 20
/// s; an emulated processor without hardware help some more. What is not ready after this hangs, and an error is better
/// than silence.
inline constexpr int k_check_limit_s = 300;

/// What the child does after checks that passed, with its end of the link. Does not return.
using Afterwards = void (*)(int link);

struct CheckProcess {
  int exit_code = 0;    ///< what kif-init is to exit with; 0: the application may start
  bool refused = false; ///< no process could be made, it crashed or passed its time: `failure` is still to be said
  FailedCheck failure;
  pid_t process = -1; ///< where it stays: its number, and the link to it
  UniqueFd link;
};

/// Runs `check` in a child, which exits with what it returns, and waits for that; where it passes and there is an
/// `afterwards`, the child goes on with that. Needs all signals blocked (block_signals()) if `takes_signals`: then a
/// signal that asks the container to end ends the checks, and the exit code is 128 + its number; others are dropped, as
/// there is no application yet that could take them.
CheckProcess run_check_process(int (*check)(), bool takes_signals, Afterwards afterwards = nullptr);

/// Starts the same child and does not wait. The first byte on the link is broker::k_ready once its checks have passed.
CheckProcess start_check_process(int (*check)(), Afterwards afterwards);

} // namespace kif::init
