// SPDX-License-Identifier: Apache-2.0
// What of kif works on this machine: conclusions from the report's other parts.
#pragma once

#include "host/report.h"

namespace kif::host {

/// Needs the report's other members.
std::vector<Work> conclude_works(const Report& report);
KernelSource conclude_kernel_source(const Report& report);

} // namespace kif::host
