// SPDX-License-Identifier: Apache-2.0
// Role "module": the provider is the FIPS module, and its seeds come from the jitter source.
#pragma once

#include <openssl/core.h>

#include "provider/config.h"
#include "provider/load_lock.h"

namespace kif::provider {

/// What OSSL_provider_init does in this role. `out` and `context` are the module's own (or its table without what
/// kif-hide names). False: the module refused, and its errors are in the queue.
///
/// A source that fails its start-up does not keep the module from loading: digests go on, and each operation that draws
/// fails with the reason. (Modules 3.0.x and 3.1.2 draw while they load; the former cannot load then.)
Result<bool> load_module(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                         const OSSL_DISPATCH* in, const OSSL_DISPATCH** out, void** context, const LoadLock& lock);

} // namespace kif::provider
