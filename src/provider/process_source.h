// SPDX-License-Identifier: Apache-2.0
// The one seed source of the process. Both roles, every libcrypto and every library context draw from it.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "entropy/seed_source.h"
#include "provider/config.h"
#include "provider/load_lock.h"

namespace kif::provider {

/// The source that `config` describes: made at the first call, the same object ever after, never destroyed (libcrypto's
/// exit handlers come late). Later sections may leave keys out but not contradict: conflict names the key. Needs the
/// load lock. jitterentropy's file that cannot be opened is an error that names it.
Result<entropy::SeedSource*> open_process_source(const SourceConfig& config, const LoadLock& lock);

/// jitterentropy's version as jent_version() gives it (3060300 is 3.6.3), and its file; 0 and "" before a source is
/// open.
unsigned jitterentropy_version() noexcept;
const char* jitterentropy_path() noexcept;

/// The settings that it was opened with; 0 and "" as above.
unsigned jitterentropy_osr() noexcept;
const char* jitterentropy_flags() noexcept;
std::uint64_t jitterentropy_memory_bytes() noexcept;

} // namespace kif::provider
