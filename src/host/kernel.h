// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

/// uname(2), and what /proc says of it.
Kernel look_at_kernel(const Root& root);

/// /proc/sys/crypto/fips_enabled. A kernel that was built without FIPS mode has no such file; where /proc/sys itself is
/// missing, nobody knows.
Result<FipsMode> read_fips_mode(const Root& root);

/// gVisor calls itself "4.4.0" of one fixed day, or, since 2024, by a release that ends in -gvisor.
bool is_gvisor(std::string_view release, std::string_view version) noexcept;

} // namespace kif::host
