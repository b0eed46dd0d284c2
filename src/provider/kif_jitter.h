// SPDX-License-Identifier: Apache-2.0
// The EVP_RAND "KIF-JITTER": a seed source in OpenSSL's sense, as its own SEED-SRC and JITTER are (no parent, a strength
// above every DRBG's, get_seed and clear_seed).
#pragma once

#include <openssl/core.h>

namespace kif::provider {

inline constexpr const char* k_jitter_name = "KIF-JITTER";

/// No fips property: the source stands outside the module's boundary, and "fips=yes" is the module's word. Under
/// default_properties = fips=yes it is fetched with "provider=kif-seed,-fips".
inline constexpr const char* k_jitter_properties = "provider=kif-seed";

/// The table for OSSL_OP_RAND.
const OSSL_ALGORITHM* kif_jitter_algorithms() noexcept;

} // namespace kif::provider
