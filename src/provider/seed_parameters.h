// SPDX-License-Identifier: Apache-2.0
// Parameters of the seed-source provider, read with OSSL_PROVIDER_get_params: name, version, buildinfo, status, and
// what the process's one source has done.
//
//   kif-blocks, kif-bytes-credited, kif-bytes-handed-out, kif-bytes-held, kif-bytes-discarded, kif-discontinuities,
//   kif-collectors, kif-intermittent-failures, kif-permanent-failures, and both by test:
//   kif-intermittent-repetition-count, kif-permanent-adaptive-proportion, …; kif-latency-00 to kif-latency-23 (blocks
//   that took 2^n to 2^(n+1) µs); kif-state ("ready", or the health test that stopped the source, or why there is
//   none), kif-jitterentropy, kif-jitterentropy-version
#pragma once

#include <openssl/core.h>

#include "entropy/seed_source.h"

namespace kif::provider {

/// Names and types, ended by a null key.
const OSSL_PARAM* seed_parameter_types() noexcept;

/// Answers those entries of `params` that it knows. False: one has a type or size that cannot hold the value.
/// Without a source all numbers are 0, and kif-state is `refusal`.
bool get_seed_parameters(const entropy::SeedSource* source, const char* refusal, OSSL_PARAM params[]) noexcept;

} // namespace kif::provider
