// SPDX-License-Identifier: Apache-2.0
// The EVP_RAND "KIF-JITTER": a seed source in OpenSSL's sense, as its own SEED-SRC and JITTER are (no parent, a
// strength above every DRBG's, get_seed and clear_seed).
#pragma once

#include <openssl/core.h>

namespace kif::provider {

inline constexpr const char* k_jitter_name = "KIF-JITTER";

/// fips=yes, as OpenSSL's base provider says of its encoders: it means "may be fetched where fips=yes is demanded", and
/// not that a validated module does it. Without it, `[random] seed_properties` would have to say "-fips" exactly, and
/// each other spelling would send libcrypto to the kernel without an error (rand_new_seed, 3.0 to 3.6).
inline constexpr const char* k_jitter_properties = "provider=kif-seed,fips=yes";

/// The table for OSSL_OP_RAND.
const OSSL_ALGORITHM* kif_jitter_algorithms() noexcept;

} // namespace kif::provider
