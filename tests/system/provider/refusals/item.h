// SPDX-License-Identifier: Apache-2.0
// What the program `refusals` tries: one item, one thing that a configuration may refuse or must let through.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace kif::test {

struct Item {
  /// FEATURE/WHAT; works/WHAT for what nobody may refuse, newer/WHAT for what only newer modules or libcryptos have,
  /// never/WHAT for what no configuration of the layer lets work.
  std::string name;
  std::function<bool()> attempt;
};

/// An OpenSSL object with the function that frees it.
template <auto Free> struct Freed {
  template <class T> void operator()(T* object) const noexcept { Free(object); }
};
template <class T, auto Free> using Owned = std::unique_ptr<T, Freed<Free>>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

/// The module's, whether or not it calls itself approved: 3.1.2 gives 3DES to this query alone. Null for the control,
/// which has no module.
inline const char* unapproved_too = "provider=fips,-fips";

using Bytes = std::vector<unsigned char>;

/// A library context with the default provider alone: it makes what the module under test only verifies or decrypts.
OSSL_LIB_CTX* other();

/// 14 bytes are 112 bits, the least; 13 are short.
inline constexpr std::size_t k_short_key = 13;
inline constexpr std::size_t k_least_key = 14;

inline OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}
inline OSSL_PARAM octets(const char* name, const void* value, std::size_t size) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(value), size);
}

std::vector<Item> kdf_items();
std::vector<Item> mac_and_cipher_items();
std::vector<Item> random_items();
std::vector<Item> signature_items();
std::vector<Item> rsa_encryption_items();
std::vector<Item> curve_items();
std::vector<Item> tls_items();
std::vector<Item> never_approved_items();

} // namespace kif::test
