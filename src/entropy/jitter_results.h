// SPDX-License-Identifier: Apache-2.0
// What jitterentropy's functions return, for versions 3.4 to 3.7.
#pragma once

#include <string_view>
#include <sys/types.h>

#include "entropy/source_error.h"

namespace kif::entropy {

/// Of jent_entropy_init_ex.
SourceError from_init_result(int result) noexcept;

/// Of jent_read_entropy, asked for one block.
SourceError from_read_result(ssize_t result) noexcept;

/// Whether jent_status (from 3.7 on) says of a collector what jitterentropy's README makes a condition of an SP 800-90B
/// claim: FIPS mode on, internal timer off, no health failure. What it does not say counts as not so.
bool is_good_status(std::string_view json) noexcept;

} // namespace kif::entropy
