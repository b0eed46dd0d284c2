// SPDX-License-Identifier: Apache-2.0
// Role "seed-source": the jitter source as a provider of its own, for the DRBGs outside the FIPS module. It offers one
// algorithm, the EVP_RAND "KIF-JITTER", and the source's counters as provider parameters.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <openssl/core.h>

#include "entropy/seed_source.h"
#include "provider/config.h"
#include "provider/core/core.h"
#include "provider/load_lock.h"

namespace kif::provider {

/// The provider's context: `provctx` of its functions.
struct SeedProvider {
  Core core;
  const OSSL_CORE_HANDLE* handle = nullptr;
  entropy::SeedSource* source = nullptr; ///< null: it could not be opened, and nothing is ever handed out
  std::array<char, 512> refusal{};       ///< why there is no source

  /// Fills `out`, or leaves it wiped with an error in the queue: this provider's own, whose reason names the health
  /// test.
  bool draw(std::span<std::byte> out, entropy::Blocks blocks) const noexcept;
};

/// What OSSL_provider_init does in this role. The source is started here.
///
/// Where it cannot be, the error is raised, and the provider loads all the same, with status 0 and nothing to hand out.
/// Measured: libcrypto goes on in silence when a configured provider does not load; the seed source is then unknown,
/// and a DRBG outside the FIPS module takes its seed from the kernel. While the source is there and refuses, each such
/// DRBG fails with the reason.
Result<bool> load_seed_source(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                              const OSSL_DISPATCH** out, void** context, const LoadLock& lock);

} // namespace kif::provider
