// SPDX-License-Identifier: Apache-2.0
// KIF_PROCESS_1=application: the application keeps the container's first process, as it would have it without kif, and
// kif-init goes on in a process beside it. For what insists on being process 1, and for who writes to /proc/1/fd/1.
#pragma once

#include <string>

#include <sys/types.h>

#include "init/application.h"

namespace kif::init {

/// From the value of KIF_PROCESS_1.
bool application_is_first(const char* value) noexcept;

/// What kif-init beside says to process 1 once its checks have passed.
enum class Word : unsigned char { with_catch_all = 1, without_catch_all = 2 };

/// In process 1, signals blocked: waits for the word on `link`. A signal that asks the container to end is passed on to
/// `kif_init`, whose checks it ends. 0 and `word`, or the exit code with which kif-init beside has ended without a
/// word; what was wrong it said itself, but for a crash (Failure::unfinished), which is said here.
int wait_for_word(pid_t kif_init, int link, Word& word);

/// In kif-init beside: whether it can write to the memory of `process`, which has forked it, as the catch-all's answers
/// must be. Tried, not guessed: a security module may allow it to ancestors only (Yama), and kif-init is none here.
/// Empty, or why not.
std::string cannot_answer(pid_t process);

/// In kif-init beside, once the application runs: tells the companion of children that ended, until the container ends.
/// Takes no signal: they are the application's.
[[noreturn]] void stay_beside(Companion& companion);

} // namespace kif::init
