// SPDX-License-Identifier: Apache-2.0
// Reason codes of the seed-source provider in OpenSSL's error queue: one for each SourceError.
// That of SourceError::none stands for a source that could not be opened at all.
#pragma once

#include <cstdint>

#include <openssl/core.h>

#include "entropy/source_error.h"

namespace kif::provider {

/// The FIPS module is missing where it should be.
inline constexpr std::uint32_t k_reason_no_module = 99;

/// Never 0, and without a library number: libcrypto adds the provider's own.
std::uint32_t reason_of(entropy::SourceError error) noexcept;

/// The table that OSSL_FUNC_provider_get_reason_strings returns.
const OSSL_ITEM* reason_strings() noexcept;

} // namespace kif::provider
