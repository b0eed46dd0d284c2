// SPDX-License-Identifier: Apache-2.0
// How a run of kif ends. Scripts branch on these numbers, so they never change their meaning.
#pragma once

#include "base/result.h"

namespace kif::cli {

enum class ExitCode : int {
  good = 0,
  bad = 1,             ///< checked, and it is bad: broken, refused or in conflict
  usage = 2,           ///< the command line is wrong
  could_not_check = 3, ///< something that was needed is missing, refused by the system, or failed
  internal_fault = 70, ///< a bug in kif (EX_SOFTWARE of sysexits.h)
};

/// The one place that says which failure ends with which code.
ExitCode exit_code_of(ErrorCode code) noexcept;

} // namespace kif::cli
