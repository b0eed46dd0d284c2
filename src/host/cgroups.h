// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/report.h"

namespace kif::host {

/// From /proc/self/mountinfo: hybrid is version 1 with version 2 beside it.
Cgroups cgroups_of(std::string_view mountinfo);

} // namespace kif::host
