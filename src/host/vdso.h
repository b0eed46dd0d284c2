// SPDX-License-Identifier: Apache-2.0
// The vDSO: functions that the kernel maps into every process, so that they are called without a system call. Since
// Linux 6.11 getrandom may be one of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace kif::host {

/// Names of the functions that a loaded ELF file of this processor's width exports. Every offset is checked against
/// `image`, which begins with the ELF header and covers the one segment that is loaded. invalid_input where it breaks
/// ELF's rules.
Result<std::vector<std::string>> exported_functions(std::span<const std::byte> image);

/// Those of this process's vDSO. not_found where the kernel gives none.
Result<std::vector<std::string>> vdso_functions();

Result<bool> has_vdso_getrandom();

} // namespace kif::host
