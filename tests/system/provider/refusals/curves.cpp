// SPDX-License-Identifier: Apache-2.0
#include "item.h"
#include "keys.h"

#include <array>

namespace kif::test {
namespace {

constexpr std::array<unsigned char, 3> k_message = {'k', 'i', 'f'};

bool signs(EVP_PKEY* key) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  Bytes signature(256);
  std::size_t size = signature.size();
  return key != nullptr &&
         EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, k_message.data(), k_message.size()) == 1;
}

bool verifies(const char* curve) {
  EVP_PKEY* key = other_ec_key(curve);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> signer(EVP_MD_CTX_new());
  Bytes signature(256);
  std::size_t size = signature.size();
  const Key public_key = in_module(key, false);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> verifier(EVP_MD_CTX_new());
  return key != nullptr && public_key != nullptr &&
         EVP_DigestSignInit_ex(signer.get(), nullptr, "SHA256", other(), nullptr, key, nullptr) == 1 &&
         EVP_DigestSign(signer.get(), signature.data(), &size, k_message.data(), k_message.size()) == 1 &&
         EVP_DigestVerifyInit_ex(verifier.get(), nullptr, "SHA256", nullptr, nullptr, public_key.get(), nullptr) == 1 &&
         EVP_DigestVerify(verifier.get(), signature.data(), size, k_message.data(), k_message.size()) == 1;
}

/// `cofactor`: -1 as the key says, 0 or 1 as a parameter.
bool agrees(const char* curve, int cofactor = -1) {
  const Key key = in_module(other_ec_key(curve), true);
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &cofactor),
                               OSSL_PARAM_construct_end()};
  Bytes out(256);
  std::size_t size = out.size();
  return context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
         (cofactor < 0 || EVP_PKEY_CTX_set_params(context.get(), params) == 1) &&
         EVP_PKEY_derive_set_peer(context.get(), key.get()) == 1 &&
         EVP_PKEY_derive(context.get(), out.data(), &size) == 1;
}

bool makes_parameters(const char* curve) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  const OSSL_PARAM params[] = {text(OSSL_PKEY_PARAM_GROUP_NAME, curve), OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (context != nullptr && EVP_PKEY_paramgen_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_params(context.get(), params) == 1)
    EVP_PKEY_generate(context.get(), &made);
  return Key(made) != nullptr;
}

/// A key from parameters that were imported, as programs make keys "like this certificate's".
bool makes_key_like(const char* curve) {
  const Key like = in_module(other_ec_key(curve), false);
  const KeyContext context(like != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, like.get(), nullptr) : nullptr);
  EVP_PKEY* made = nullptr;
  if (context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1)
    EVP_PKEY_generate(context.get(), &made);
  return Key(made) != nullptr;
}

} // namespace

std::vector<Item> curve_items() {
  return {
      {"small-curves/P-192 key", [] { return new_ec_key("P-192") != nullptr; }},
      {"small-curves/B-163 key", [] { return new_ec_key("B-163") != nullptr; }},
      {"small-curves/K-163 key", [] { return new_ec_key("K-163") != nullptr; }},
      {"small-curves/P-192 parameters", [] { return makes_parameters("P-192"); }},
      {"small-curves/P-192 key like another", [] { return makes_key_like("P-192"); }},
      {"small-curves/P-192 signature", [] { return signs(in_module(other_ec_key("P-192"), true).get()); }},
      {"small-curves/P-192 agreement", [] { return agrees("P-192"); }},
      {"works/P-192 verification", [] { return verifies("P-192"); }},
      {"works/P-224 key", [] { return new_ec_key("P-224") != nullptr; }},
      {"works/P-384 key", [] { return new_ec_key("P-384") != nullptr; }},
      {"works/P-384 parameters", [] { return makes_parameters("P-384"); }},
      {"works/P-521 agreement", [] { return agrees("P-521"); }},
      {"works/P-256 agreement without cofactor", [] { return agrees("P-256", 0); }},
      {"ecdh-cofactor/B-283", [] { return agrees("B-283"); }},
      {"ecdh-cofactor/K-283 switched off", [] { return agrees("K-283", 0); }},
      {"works/B-283 agreement with cofactor", [] { return agrees("B-283", 1); }},
  };
}

} // namespace kif::test
