// SPDX-License-Identifier: Apache-2.0
// Steps that are run in a forked child, because of what they do to the process or to see what a child has.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace kif::probe {

struct ChildAnswer {
  std::string text; ///< what it said; empty where it ended without a word
  int status = 0;   ///< as waitpid(2) gives it
};

/// Forks a child that runs `work`, says its result and ends without exit handlers; a signal ends it after two minutes
/// (the steps take a second, and the whole probe has its limit from who runs it). Errors: process, io (no pipe, no
/// child), too_large (over 64 KiB).
Result<ChildAnswer> ask_child(const std::function<std::string()>& work);

} // namespace kif::probe
