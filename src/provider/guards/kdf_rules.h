// SPDX-License-Identifier: Apache-2.0
// What may be derived from what: for key derivations, and for those that are reached as key exchanges.
#pragma once

#include "provider/guards/guard.h"

namespace kif::provider {

/// What can be refused of the key derivation with these names.
Features kdf_features(std::string_view algorithm_names) noexcept;

/// These parameters may go to the module. False: the reason is in the error queue.
bool permits_kdf(const Guard& guard, const OSSL_PARAM params[]) noexcept;

} // namespace kif::provider
