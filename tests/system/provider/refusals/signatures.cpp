// SPDX-License-Identifier: Apache-2.0
#include "item.h"
#include "keys.h"

#include <array>

#include <openssl/dsa.h>
#include <openssl/rsa.h>

namespace kif::test {
namespace {

constexpr std::array<unsigned char, 20> k_message = {'k', 'i', 'f'}; // 20 bytes: a SHA-1 value where one is wanted

/// Padding and salt of an RSA signature; none for other keys.
struct Padding {
  const char* mode = nullptr;
  const char* salt = nullptr;

  std::vector<OSSL_PARAM> params(const char* digest = nullptr) const {
    std::vector<OSSL_PARAM> all;
    if (digest != nullptr)
      all.push_back(text(OSSL_SIGNATURE_PARAM_DIGEST, digest));
    if (mode != nullptr)
      all.push_back(text(OSSL_SIGNATURE_PARAM_PAD_MODE, mode));
    if (salt != nullptr)
      all.push_back(text(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, salt));
    all.push_back(OSSL_PARAM_construct_end());
    return all;
  }
};

Bytes sign(OSSL_LIB_CTX* library, EVP_PKEY* key, const char* digest, const Padding& padding) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  Bytes signature(1024);
  std::size_t size = signature.size();
  if (key == nullptr ||
      EVP_DigestSignInit_ex(context.get(), &key_context, digest, library, nullptr, key, nullptr) != 1 ||
      EVP_PKEY_CTX_set_params(key_context, padding.params().data()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, k_message.data(), k_message.size()) != 1)
    return {};
  signature.resize(size);
  return signature;
}

/// The padding as parameters of the initialisation.
bool signs_with_init_params(EVP_PKEY* key, const char* digest, const Padding& padding) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  Bytes signature(1024);
  std::size_t size = signature.size();
  return key != nullptr &&
         EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, padding.params(digest).data()) ==
             1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, k_message.data(), k_message.size()) == 1;
}

/// A value that the caller hashed; of a digest that it does not name, where `digest` is null.
bool signs_hash(EVP_PKEY* key, const char* digest, const Padding& padding = {}) {
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr) : nullptr);
  Bytes signature(1024);
  std::size_t size = signature.size();
  const auto params = padding.params(digest);
  return context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_params(context.get(), params.data()) == 1 &&
         EVP_PKEY_sign(context.get(), signature.data(), &size, k_message.data(), k_message.size()) == 1;
}

bool verifies(EVP_PKEY* key, const char* digest, const Padding& padding = {}) {
  const Bytes signature = sign(other(), key, digest, padding);
  const Key public_key = in_module(key, false);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  return !signature.empty() && public_key != nullptr &&
         EVP_DigestVerifyInit_ex(context.get(), &key_context, digest, nullptr, nullptr, public_key.get(), nullptr) ==
             1 &&
         EVP_PKEY_CTX_set_params(key_context, padding.params().data()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), k_message.data(), k_message.size()) == 1;
}

EVP_PKEY* rsa() {
  static const Key key = in_module(other_rsa_key(), true);
  return key.get();
}
EVP_PKEY* ec() {
  static const Key key = in_module(other_ec_key("P-256"), true);
  return key.get();
}
EVP_PKEY* dsa() {
  static const Key key = in_module(other_dsa_key(), true);
  return key.get();
}

bool signs(EVP_PKEY* key, const char* digest, const Padding& padding = {}) {
  return !sign(nullptr, key, digest, padding).empty();
}

bool makes_dsa_parameters() {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (context != nullptr && EVP_PKEY_paramgen_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_dsa_paramgen_bits(context.get(), 2048) == 1 &&
      EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context.get(), 224) == 1)
    EVP_PKEY_generate(context.get(), &made);
  return Key(made) != nullptr;
}

constexpr Padding k_pss = {OSSL_PKEY_RSA_PAD_MODE_PSS, "digest"};
constexpr Padding k_x931 = {OSSL_PKEY_RSA_PAD_MODE_X931, nullptr};
constexpr Padding k_long_salt = {OSSL_PKEY_RSA_PAD_MODE_PSS, "max"};
constexpr Padding k_salt_of_33 = {OSSL_PKEY_RSA_PAD_MODE_PSS, "33"};
constexpr Padding k_salt_of_32 = {OSSL_PKEY_RSA_PAD_MODE_PSS, "32"};
constexpr Padding k_default_salt = {OSSL_PKEY_RSA_PAD_MODE_PSS, nullptr};

} // namespace

std::vector<Item> signature_items() {
  return {
      {"sha1-signatures/RSA", [] { return signs(rsa(), "SHA1"); }},
      {"sha1-signatures/RSA PSS", [] { return signs(rsa(), "SHA1", k_pss); }},
      {"sha1-signatures/RSA, hashed before", [] { return signs_hash(rsa(), "SHA1"); }},
      {"sha1-signatures/ECDSA", [] { return signs(ec(), "SHA1"); }},
      {"sha1-signatures/ECDSA, hashed before", [] { return signs_hash(ec(), "SHA1"); }},
      {"sha1-signatures/DSA", [] { return signs(dsa(), "SHA1"); }},
      {"works/RSA SHA-1 verification", [] { return verifies(other_rsa_key(), "SHA1"); }},
      {"works/RSA PSS SHA-1 verification", [] { return verifies(other_rsa_key(), "SHA1", k_pss); }},
      {"works/ECDSA SHA-1 verification", [] { return verifies(other_ec_key("P-256"), "SHA1"); }},
      {"works/RSA SHA-256", [] { return signs(rsa(), "SHA256"); }},
      {"works/RSA PSS SHA-384", [] { return signs(rsa(), "SHA384", k_pss); }},
      {"works/ECDSA SHA-512", [] { return signs(ec(), "SHA512"); }},
      {"dsa-signatures/parameters", makes_dsa_parameters},
      {"dsa-signatures/key", [] { return new_dsa_key(nullptr) != nullptr; }},
      {"dsa-signatures/signature", [] { return signs(dsa(), "SHA256"); }},
      {"dsa-signatures/signature, hashed before", [] { return signs_hash(dsa(), nullptr); }},
      {"works/DSA verification", [] { return verifies(other_dsa_key(), "SHA256"); }},
      {"works/DSA SHA-1 verification", [] { return verifies(other_dsa_key(), "SHA1"); }},
      {"rsa-x931-signatures/set after", [] { return signs(rsa(), "SHA256", k_x931); }},
      {"rsa-x931-signatures/set with init", [] { return signs_with_init_params(rsa(), "SHA256", k_x931); }},
      {"works/RSA X9.31 verification", [] { return verifies(other_rsa_key(), "SHA256", k_x931); }},
      {"rsa-pss-saltlen/max", [] { return signs(rsa(), "SHA256", k_long_salt); }},
      {"rsa-pss-saltlen/33", [] { return signs(rsa(), "SHA256", k_salt_of_33); }},
      {"rsa-pss-saltlen/33 with init", [] { return signs_with_init_params(rsa(), "SHA256", k_salt_of_33); }},
      {"works/RSA PSS salt of 32", [] { return signs(rsa(), "SHA256", k_salt_of_32); }},
      {"works/RSA PSS default salt", [] { return signs(rsa(), "SHA256", k_default_salt); }},
  };
}

} // namespace kif::test
