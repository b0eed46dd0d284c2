// SPDX-License-Identifier: Apache-2.0
// The checks run in a process of their own, which ends before the application starts. So libcrypto and the module, some
// megabytes, and whatever they did to this process (threads, exit handlers, secrets) are gone, and a crash in them is
// seen instead of suffered.
#pragma once

#include "init/failure.h"

namespace kif::init {

struct CheckProcess {
  int exit_code = 0;    ///< what kif-init is to exit with; 0: the application may start
  bool refused = false; ///< no process could be made, it crashed or passed its time: `failure` is still to be said
  FailedCheck failure;
};

/// Runs `check` in a child, which exits with what it returns, and waits for that. Needs all signals blocked
/// (block_signals()) if `takes_signals`: then a signal that asks the container to end ends the checks, and the exit
/// code is 128 + its number; others are dropped, as there is no application yet that could take them.
CheckProcess run_check_process(int (*check)(), bool takes_signals);

} // namespace kif::init
