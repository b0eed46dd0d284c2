// SPDX-License-Identifier: Apache-2.0
#include "item.h"
#include "keys.h"

#include <array>

#include <openssl/rsa.h>

namespace kif::test {
namespace {

constexpr std::array<unsigned char, 16> k_text = {'k', 'i', 'f'};

/// `padding` is null for the default.
Bytes encrypt(OSSL_LIB_CTX* library, EVP_PKEY* key, const char* padding) {
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(library, key, nullptr) : nullptr);
  Bytes out(1024);
  std::size_t size = out.size();
  const OSSL_PARAM params[] = {text(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding != nullptr ? padding : ""),
                               OSSL_PARAM_construct_end()};
  if (context == nullptr || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      (padding != nullptr && EVP_PKEY_CTX_set_params(context.get(), params) != 1) ||
      EVP_PKEY_encrypt(context.get(), out.data(), &size, k_text.data(), k_text.size()) != 1)
    return {};
  out.resize(size);
  return out;
}

bool encrypts(const char* padding) {
  const Key key = in_module(other_rsa_key(), false);
  return !encrypt(nullptr, key.get(), padding).empty();
}

bool decrypts(const char* padding) {
  const Bytes in = encrypt(other(), other_rsa_key(), padding);
  const Key key = in_module(other_rsa_key(), true);
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  const OSSL_PARAM params[] = {text(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding), OSSL_PARAM_construct_end()};
  Bytes out(1024);
  std::size_t size = out.size();
  return !in.empty() && context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_params(context.get(), params) == 1 &&
         EVP_PKEY_decrypt(context.get(), out.data(), &size, in.data(), in.size()) == 1 && size == k_text.size();
}

} // namespace

std::vector<Item> rsa_encryption_items() {
  return {
      {"rsa-pkcs1-encryption/named", [] { return encrypts(OSSL_PKEY_RSA_PAD_MODE_PKCSV15); }},
      {"rsa-pkcs1-encryption/default", [] { return encrypts(nullptr); }},
      {"works/RSA OAEP encryption", [] { return encrypts(OSSL_PKEY_RSA_PAD_MODE_OAEP); }},
      {"works/RSA OAEP decryption", [] { return decrypts(OSSL_PKEY_RSA_PAD_MODE_OAEP); }},
      {"works/RSA PKCS#1 v1.5 decryption", [] { return decrypts(OSSL_PKEY_RSA_PAD_MODE_PKCSV15); }},
  };
}

} // namespace kif::test
