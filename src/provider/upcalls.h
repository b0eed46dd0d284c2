// SPDX-License-Identifier: Apache-2.0
// The answers to a module's seed upcalls (OSSL_FUNC_get_entropy and its kin), from the seed source alone.
#pragma once

#include <cstddef>

#include "entropy/seed_source.h"
#include "provider/core/core.h"

namespace kif::provider {

/// More than any DRBG asks for at once (the largest need 111 bytes, SP 800-90A table 2), and little enough that a wrong
/// length cannot hold a thread for minutes.
inline constexpr std::size_t k_max_request_bytes = 4096;

/// How many bytes an upcall wants: `entropy_bits` rounded up to bytes, but at least `min_bytes`. 0: it cannot be
/// served.
std::size_t bytes_wanted(int entropy_bits, std::size_t min_bytes, std::size_t max_bytes) noexcept;

/// OSSL_FUNC_get_entropy, and get_user_entropy: full-entropy bytes in a buffer of libcrypto's secure heap, and after
/// them, where max_bytes leaves room, what no other request has (distinct_data.h). That part is credited with nothing:
/// it is there so that a source that repeats itself does not make the same DRBG twice. Modules from 3.5 on ask here for
/// their nonce too. 0 with an error in the queue where the source failed.
std::size_t get_entropy(const Core& core, entropy::SeedSource& source, entropy::Blocks blocks, unsigned char** out,
                        int entropy_bits, std::size_t min_bytes, std::size_t max_bytes) noexcept;

/// Wipes and frees what get_entropy() gave.
void cleanup_entropy(const Core& core, unsigned char* buffer, std::size_t size) noexcept;

/// OSSL_FUNC_get_nonce, and get_user_nonce: likewise, on the ordinary heap. A random nonce of half the security
/// strength is one of the forms that SP 800-90A §8.6.7 allows.
std::size_t get_nonce(const Core& core, entropy::SeedSource& source, unsigned char** out, std::size_t min_bytes,
                      std::size_t max_bytes) noexcept;

/// Wipes and frees a nonce. Modules pass nonces here too that they allocated themselves with CRYPTO_malloc
/// (ossl_prov_drbg_instantiate, a nonce of the parent DRBG): this must stay libcrypto's own allocator.
void cleanup_nonce(const Core& core, unsigned char* buffer, std::size_t size) noexcept;

} // namespace kif::provider
