// SPDX-License-Identifier: Apache-2.0
// Role "seed-source": the jitter source as a provider of its own, for the DRBGs outside the FIPS module. It offers one
// algorithm, the EVP_RAND "KIF-JITTER", and the source's counters as provider parameters.
#pragma once

#include <openssl/core.h>

#include "entropy/seed_source.h"
#include "provider/config.h"
#include "provider/core.h"
#include "provider/load_lock.h"

namespace kif::provider {

/// The provider's context: `provctx` of its functions.
struct SeedProvider {
  Core core;
  const OSSL_CORE_HANDLE* handle = nullptr;
  entropy::SeedSource* source = nullptr;

  /// An error of this provider, with its own reason: the health test that failed.
  void raise(entropy::SourceError error, std::source_location where = std::source_location::current()) const noexcept;
};

/// What OSSL_provider_init does in this role. The source is started here: where it cannot be, the provider cannot be
/// loaded (entropy names the health test).
Result<bool> load_seed_source(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                              const OSSL_DISPATCH** out, void** context, const LoadLock& lock);

} // namespace kif::provider
