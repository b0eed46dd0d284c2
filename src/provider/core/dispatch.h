// SPDX-License-Identifier: Apache-2.0
// OpenSSL's dispatch tables: what the 3.0 headers, against which kif-fips.so is compiled, do not know yet, and how a
// typed function gets into a table.
#pragma once

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

namespace kif::provider {

// Seed upcalls of libcrypto 3.1.4, 3.2 and newer: include/openssl/core_dispatch.h there. They have the signatures of
// get_entropy (101) to cleanup_nonce (104). 95 (indicator_cb) and 100 (self_test_cb) stand between them and are none.
inline constexpr int k_cleanup_user_entropy = 96;
inline constexpr int k_cleanup_user_nonce = 97;
inline constexpr int k_get_user_entropy = 98;
inline constexpr int k_get_user_nonce = 99;

// OSSL_FUNC_SIGNATURE_SIGN_MESSAGE_INIT of libcrypto 3.4 and newer, with the signature of SIGN_INIT.
inline constexpr int k_signature_sign_message_init = 27;

template <class Function> OSSL_DISPATCH dispatch_entry(int id, Function* function) noexcept {
  return {id, reinterpret_cast<void (*)()>(function)};
}

template <class Function> Function* function_of(const OSSL_DISPATCH& entry) noexcept {
  return reinterpret_cast<Function*>(entry.function);
}

} // namespace kif::provider
