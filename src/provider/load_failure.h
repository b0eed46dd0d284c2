// SPDX-License-Identifier: Apache-2.0
// Why the FIPS module did not load, told again to whoever misses it. libcrypto drops the errors of a configuration (a
// provider that cannot be loaded is no failure to it), so that all an application sees is "unsupported".
#pragma once

#include <string_view>

#include "provider/core/core.h"
#include "provider/load_lock.h"

namespace kif::provider {

/// A failure in this libcrypto; the first one is kept. An empty text: the module was loaded, and nothing is told any
/// more.
void remember_load_failure(const Core& core, std::string_view text, const LoadLock& lock) noexcept;

/// Empty where nothing failed, or the module was loaded all the same. Any thread, at any time.
std::string_view load_failure(const Core& core) noexcept;

} // namespace kif::provider
