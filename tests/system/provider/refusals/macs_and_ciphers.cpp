// SPDX-License-Identifier: Apache-2.0
#include "item.h"

#include <array>

namespace kif::test {
namespace {

constexpr std::array<unsigned char, 32> k_key = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                                 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};

bool mac(const char* name, std::size_t key_size, std::vector<OSSL_PARAM> params, bool params_first = false) {
  const Owned<EVP_MAC, EVP_MAC_free> fetched(EVP_MAC_fetch(nullptr, name, unapproved_too));
  const Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> context(fetched != nullptr ? EVP_MAC_CTX_new(fetched.get()) : nullptr);
  std::array<unsigned char, 64> out{};
  std::size_t size = 0;
  params.push_back(OSSL_PARAM_construct_end());
  if (params_first && (context == nullptr || EVP_MAC_CTX_set_params(context.get(), params.data()) != 1))
    return false;
  return context != nullptr &&
         EVP_MAC_init(context.get(), k_key.data(), key_size, params_first ? nullptr : params.data()) == 1 &&
         EVP_MAC_update(context.get(), k_key.data(), 3) == 1 &&
         EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1;
}

bool hmac(std::size_t key_size) {
  return mac("HMAC", key_size, {text(OSSL_MAC_PARAM_DIGEST, "SHA256")});
}

/// The key as a parameter, which HMAC takes too.
bool hmac_with_key_parameter(std::size_t key_size) {
  const Owned<EVP_MAC, EVP_MAC_free> fetched(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  const Owned<EVP_MAC_CTX, EVP_MAC_CTX_free> context(fetched != nullptr ? EVP_MAC_CTX_new(fetched.get()) : nullptr);
  std::array<unsigned char, 64> out{};
  std::size_t size = 0;
  const OSSL_PARAM params[] = {text(OSSL_MAC_PARAM_DIGEST, "SHA256"),
                               octets(OSSL_MAC_PARAM_KEY, k_key.data(), key_size), OSSL_PARAM_construct_end()};
  return context != nullptr && EVP_MAC_init(context.get(), nullptr, 0, params) == 1 &&
         EVP_MAC_update(context.get(), k_key.data(), 3) == 1 &&
         EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1;
}

/// HMAC as a signature: EVP_PKEY keys of type HMAC.
bool hmac_of_a_key(std::size_t key_size) {
  const Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "HMAC", nullptr, k_key.data(), key_size));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> out{};
  std::size_t size = out.size();
  return key != nullptr &&
         EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestSign(context.get(), out.data(), &size, k_key.data(), 3) == 1;
}

std::size_t k_two = 2;
std::size_t k_four = 4;

bool cipher(const char* name, bool encrypt) {
  const Owned<EVP_CIPHER, EVP_CIPHER_free> fetched(EVP_CIPHER_fetch(nullptr, name, unapproved_too));
  const Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
  std::array<unsigned char, 64> out{};
  int size = 0;
  return fetched != nullptr &&
         EVP_CipherInit_ex2(context.get(), fetched.get(), k_key.data(), k_key.data(), encrypt ? 1 : 0, nullptr) == 1 &&
         EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
         EVP_CipherUpdate(context.get(), out.data(), &size, k_key.data(), 16) == 1 && size == 16;
}

/// OpenSSL's older call, which names no parameters and sets the direction first.
bool cipher_in_two_steps(const char* name) {
  const Owned<EVP_CIPHER, EVP_CIPHER_free> fetched(EVP_CIPHER_fetch(nullptr, name, unapproved_too));
  const Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
  std::array<unsigned char, 64> out{};
  int size = 0;
  return fetched != nullptr && EVP_CipherInit_ex(context.get(), fetched.get(), nullptr, nullptr, nullptr, 1) == 1 &&
         EVP_CipherInit_ex(context.get(), nullptr, nullptr, k_key.data(), k_key.data(), -1) == 1 &&
         EVP_CipherUpdate(context.get(), out.data(), &size, k_key.data(), 16) == 1 && size == 16;
}

/// CMAC as a signature.
bool cmac_of_a_key(const char* cipher_name) {
  const KeyContext maker(EVP_PKEY_CTX_new_from_name(nullptr, "CMAC", nullptr));
  EVP_PKEY* made = nullptr;
  const OSSL_PARAM params[] = {text(OSSL_PKEY_PARAM_CIPHER, cipher_name), text(OSSL_PKEY_PARAM_PROPERTIES, "-fips"),
                               octets(OSSL_PKEY_PARAM_PRIV_KEY, k_key.data(), 24), OSSL_PARAM_construct_end()};
  if (maker == nullptr || EVP_PKEY_keygen_init(maker.get()) != 1 || EVP_PKEY_CTX_set_params(maker.get(), params) != 1 ||
      EVP_PKEY_generate(maker.get(), &made) != 1)
    return false;
  const Key key(made);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> out{};
  std::size_t size = out.size();
  return EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestSign(context.get(), out.data(), &size, k_key.data(), 3) == 1;
}

std::vector<OSSL_PARAM> tdes_cmac() {
  return {text(OSSL_MAC_PARAM_CIPHER, "DES-EDE3-CBC"), text(OSSL_MAC_PARAM_PROPERTIES, "-fips")};
}

} // namespace

std::vector<Item> mac_and_cipher_items() {
  return {
      {"short-hmac-keys/HMAC", [] { return hmac(k_short_key); }},
      {"short-hmac-keys/HMAC without key", [] { return hmac(0); }},
      {"short-hmac-keys/HMAC, key as parameter", [] { return hmac_with_key_parameter(k_short_key); }},
      {"short-hmac-keys/HMAC as signature", [] { return hmac_of_a_key(k_short_key); }},
      {"short-hmac-keys/KMAC-128", [] { return mac("KMAC-128", k_short_key, {}); }},
      {"works/HMAC", [] { return hmac(k_least_key); }},
      {"works/HMAC, key as parameter", [] { return hmac_with_key_parameter(k_least_key); }},
      {"works/HMAC as signature", [] { return hmac_of_a_key(k_least_key); }},
      {"works/KMAC-256", [] { return mac("KMAC-256", k_least_key, {}); }},
      {"short-mac/KMAC-128",
       [] { return mac("KMAC-128", 32, {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &k_two)}); }},
      {"short-mac/KMAC-256 set before",
       [] { return mac("KMAC-256", 32, {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &k_two)}, true); }},
      {"works/KMAC-128 of 4 bytes",
       [] { return mac("KMAC-128", 32, {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &k_four)}); }},
      {"3des-encryption/CBC", [] { return cipher("DES-EDE3-CBC", true); }},
      {"3des-encryption/ECB", [] { return cipher("DES-EDE3-ECB", true); }},
      {"3des-encryption/in two steps", [] { return cipher_in_two_steps("DES-EDE3-CBC"); }},
      {"3des-encryption/CMAC", [] { return mac("CMAC", 24, tdes_cmac()); }},
      {"3des-encryption/CMAC set before", [] { return mac("CMAC", 24, tdes_cmac(), true); }},
      {"3des-encryption/CMAC as signature", [] { return cmac_of_a_key("DES-EDE3-CBC"); }},
      {"works/3DES decryption CBC", [] { return cipher("DES-EDE3-CBC", false); }},
      {"works/3DES decryption ECB", [] { return cipher("DES-EDE3-ECB", false); }},
      {"works/CMAC with AES", [] { return mac("CMAC", 16, {text(OSSL_MAC_PARAM_CIPHER, "AES-128-CBC")}); }},
      {"works/CMAC with AES as signature", [] { return cmac_of_a_key("AES-192-CBC"); }},
      {"works/AES-256-CBC", [] { return cipher("AES-256-CBC", true); }},
  };
}

} // namespace kif::test
