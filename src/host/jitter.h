// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "host/report.h"

namespace kif::host {

/// Opens the first of `libraries` that is there, as the provider does, and measures the start-up test and some blocks;
/// what it drew is wiped. not_found where none is there; entropy where a health test failed.
Result<Jitter> measure_jitter(std::span<const std::string> libraries);

} // namespace kif::host
