// SPDX-License-Identifier: Apache-2.0
// Keys for the items: made by the default provider in a library context of its own, and brought into the module.
#pragma once

#include "item.h"

namespace kif::test {

/// In the module (null) or in other().
Key new_dsa_key(OSSL_LIB_CTX* library);

/// In other(). Null: no such key there.
EVP_PKEY* other_rsa_key();
EVP_PKEY* other_dsa_key(); ///< 2048 bits, q of 224
EVP_PKEY* other_ec_key(const char* curve);

/// The same key, imported into the module: with its private part, or the public one alone.
Key in_module(EVP_PKEY* key, bool with_private);

/// A new key of the module itself, on this curve.
Key new_ec_key(const char* curve);

} // namespace kif::test
