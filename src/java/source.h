// SPDX-License-Identifier: Apache-2.0
// The one seed source of a Java process: what all its SecureRandoms "ENTROPY" draw from.
#pragma once

#include <string>

#include "base/result.h"
#include "entropy/seed_source.h"

namespace kif::java {

/// Opens jitterentropy at this absolute path and makes the source, or gives the one that was made: then the path must
/// be the same (conflict). Never destroyed: threads may draw until the process ends. Threads: any.
Result<entropy::SeedSource*> open_source(const std::string& jitterentropy);

/// The source; nullptr before it was made. Threads: any.
entropy::SeedSource* opened_source() noexcept;

} // namespace kif::java
