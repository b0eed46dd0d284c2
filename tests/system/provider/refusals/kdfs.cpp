// SPDX-License-Identifier: Apache-2.0
#include "item.h"

#include <array>

#include <openssl/kdf.h>

namespace kif::test {
namespace {

constexpr std::string_view k_key = "a key of 32 bytes is long enough";
constexpr std::string_view k_salt = "a salt of sixteen";

using Params = std::vector<OSSL_PARAM>;

bool derive(const char* name, Params params) {
  const Owned<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, name, nullptr));
  const Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(kdf != nullptr ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::array<unsigned char, 32> out{};
  params.push_back(OSSL_PARAM_construct_end());
  return context != nullptr && EVP_KDF_derive(context.get(), out.data(), out.size(), params.data()) == 1;
}

/// The same in two steps: parameters first, none with the derivation.
bool derive_later(const char* name, Params params) {
  const Owned<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, name, nullptr));
  const Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(kdf != nullptr ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::array<unsigned char, 32> out{};
  params.push_back(OSSL_PARAM_construct_end());
  return context != nullptr && EVP_KDF_CTX_set_params(context.get(), params.data()) == 1 &&
         EVP_KDF_derive(context.get(), out.data(), out.size(), nullptr) == 1;
}

OSSL_PARAM digest(const char* name) {
  return text(OSSL_KDF_PARAM_DIGEST, name);
}
OSSL_PARAM key(std::size_t size) {
  return octets(OSSL_KDF_PARAM_KEY, k_key.data(), size);
}
OSSL_PARAM secret(std::size_t size) {
  return octets(OSSL_KDF_PARAM_SECRET, k_key.data(), size);
}
OSSL_PARAM salt() {
  return octets(OSSL_KDF_PARAM_SALT, k_salt.data(), k_salt.size());
}
OSSL_PARAM seed(std::string_view value) {
  return octets(OSSL_KDF_PARAM_SEED, value.data(), value.size());
}

Params hkdf(std::size_t size, const char* digest_name = "SHA256") {
  return {digest(digest_name), key(size), salt()};
}

Params tls13(std::size_t size, const char* digest_name = "SHA256") {
  static int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  return {digest(digest_name), key(size), OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
          octets(OSSL_KDF_PARAM_PREFIX, "tls13 ", 6), octets(OSSL_KDF_PARAM_LABEL, "key", 3)};
}

/// RFC 8446 §7.1: the early secret without a pre-shared key has no key parameter at all.
Params tls13_without_key() {
  static int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
  return {digest("SHA256"), OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
          octets(OSSL_KDF_PARAM_PREFIX, "tls13 ", 6), octets(OSSL_KDF_PARAM_LABEL, "derived", 7)};
}

Params prf(std::size_t size, const char* digest_name, std::string_view label) {
  return {digest(digest_name), secret(size), seed(label), seed(k_salt)};
}

Params sskdf(std::size_t size) {
  return {digest("SHA256"), secret(size), octets(OSSL_KDF_PARAM_INFO, "kif", 3)};
}

Params x963(std::size_t size, const char* digest_name = "SHA256") {
  return {digest(digest_name), secret(size), octets(OSSL_KDF_PARAM_INFO, "kif", 3)};
}

Params x942(std::size_t size) {
  return {digest("SHA256"), secret(size), text(OSSL_KDF_PARAM_CEK_ALG, "AES-256-WRAP")};
}

Params kbkdf(std::size_t size) {
  return {digest("SHA256"), text(OSSL_KDF_PARAM_MAC, "HMAC"), key(size), salt()};
}

Params sshkdf(std::size_t size, const char* digest_name = "SHA256") {
  static char type = 'A';
  return {digest(digest_name), key(size), octets(OSSL_KDF_PARAM_SSHKDF_XCGHASH, k_key.data(), 32),
          octets(OSSL_KDF_PARAM_SSHKDF_SESSION_ID, k_key.data(), 32),
          OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_SSHKDF_TYPE, &type, 1)};
}

Params pbkdf2() {
  static unsigned iterations = 1000;
  return {digest("SHA1"), octets(OSSL_KDF_PARAM_PASSWORD, k_key.data(), 8), salt(),
          OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &iterations)};
}

bool pkey_prf(std::size_t size, std::string_view label) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "TLS1-PRF", nullptr));
  std::array<unsigned char, 32> out{};
  std::size_t out_size = out.size();
  return context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_tls1_prf_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set1_tls1_prf_secret(context.get(), reinterpret_cast<const unsigned char*>(k_key.data()),
                                           static_cast<int>(size)) == 1 &&
         EVP_PKEY_CTX_add1_tls1_prf_seed(context.get(), reinterpret_cast<const unsigned char*>(label.data()),
                                         static_cast<int>(label.size())) == 1 &&
         EVP_PKEY_derive(context.get(), out.data(), &out_size) == 1;
}

bool pkey_hkdf(std::size_t size) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "HKDF", nullptr));
  std::array<unsigned char, 32> out{};
  std::size_t out_size = out.size();
  return context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set1_hkdf_key(context.get(), reinterpret_cast<const unsigned char*>(k_key.data()),
                                    static_cast<int>(size)) == 1 &&
         EVP_PKEY_derive(context.get(), out.data(), &out_size) == 1;
}

constexpr std::string_view k_without_ems = "master secret";
constexpr std::string_view k_with_ems = "extended master secret";

} // namespace

std::vector<Item> kdf_items() {
  std::vector<Item> items = {
      {"tls12-without-ems/prf", [] { return derive("TLS1-PRF", prf(32, "SHA256", k_without_ems)); }},
      {"tls12-without-ems/prf set before", [] { return derive_later("TLS1-PRF", prf(32, "SHA256", k_without_ems)); }},
      {"tls12-without-ems/prf of a key", [] { return pkey_prf(32, k_without_ems); }},
      {"works/TLS1-PRF with EMS", [] { return derive("TLS1-PRF", prf(k_least_key, "SHA384", k_with_ems)); }},
      {"works/TLS1-PRF of a key", [] { return pkey_prf(k_least_key, k_with_ems); }},
      {"works/TLS13-KDF without key", [] { return derive("TLS13-KDF", tls13_without_key()); }},
      {"works/HKDF of a key", [] { return pkey_hkdf(k_least_key); }},
      {"works/PBKDF2 with SHA-1", [] { return derive("PBKDF2", pbkdf2()); }},
      {"short-kdf-keys/TLS1-PRF", [] { return derive("TLS1-PRF", prf(k_short_key, "SHA256", k_with_ems)); }},
      {"short-kdf-keys/TLS1-PRF of a key", [] { return pkey_prf(k_short_key, k_with_ems); }},
      {"short-kdf-keys/HKDF of a key", [] { return pkey_hkdf(k_short_key); }},
      {"kdf-digests/TLS1-PRF SHA-224", [] { return derive("TLS1-PRF", prf(32, "SHA224", k_with_ems)); }},
      {"kdf-digests/TLS13-KDF SHA-512", [] { return derive("TLS13-KDF", tls13(32, "SHA512")); }},
      {"kdf-digests/SSHKDF SHA-512/256", [] { return derive("SSHKDF", sshkdf(32, "SHA512-256")); }},
      {"kdf-digests/X963KDF SHA-1", [] { return derive("X963KDF", x963(32, "SHA1")); }},
      {"works/SSHKDF with SHA-1", [] { return derive("SSHKDF", sshkdf(32, "SHA1")); }},
      {"works/TLS13-KDF with SHA-384", [] { return derive("TLS13-KDF", tls13(48 - 16, "SHA384")); }},
      {"works/HKDF with SHA-1", [] { return derive("HKDF", hkdf(32, "SHA1")); }},
  };
  const std::pair<const char*, Params (*)(std::size_t)> kdfs[] = {
      {"HKDF", [](std::size_t size) { return hkdf(size); }},
      {"TLS13-KDF", [](std::size_t size) { return tls13(size); }},
      {"SSKDF", sskdf},
      {"X963KDF", [](std::size_t size) { return x963(size); }},
      {"X942KDF-ASN1", x942},
      {"KBKDF", kbkdf},
      {"SSHKDF", [](std::size_t size) { return sshkdf(size); }}};
  for (const auto& [name, params] : kdfs) {
    items.push_back({std::string("short-kdf-keys/") + name, [=] { return derive(name, params(k_short_key)); }});
    items.push_back({std::string("works/") + name, [=] { return derive(name, params(k_least_key)); }});
  }
  return items;
}

} // namespace kif::test
