// SPDX-License-Identifier: Apache-2.0
// The vDSO: functions that the kernel maps into every process, so that they are called without a system call. Since
// Linux 6.11 getrandom may be one of them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace kif::host {

/// Names of the functions of this process's vDSO. not_found where the kernel gives none.
Result<std::vector<std::string>> vdso_functions();

Result<bool> has_vdso_getrandom();

} // namespace kif::host
