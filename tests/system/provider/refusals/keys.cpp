// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include <map>

#include <openssl/bn.h>
#include <openssl/param_build.h>

namespace kif::test {
namespace {

// FIPS 186-4 parameters of 2048 and 224 bits, made by `openssl dsaparam 2048`: making them anew takes seconds.
constexpr const char* k_dsa_p =
    "87409f68a7c33e7dd87237f3ec63c54344ef14539036d8db18889cb413df6f92b9634db45682fa62ec726c1bd0ed3bcc"
    "e070abd6c24d7c50e38295d8847be6a7b9a6fda4934b55e5bb040cae84e4c5afe77a6b662e116e73e8b3b4e926eab8ad"
    "8d4b89427138538a81f6a0a4088f478cb7669aa6d88f11d27382d7bd61d2ac3c185910ca1a8283760c2e09f4e9bfa712"
    "4fcf52044a5154bb6b69d797d8a341fb492f065ad9af4b3953208e6b0ad631e01696fbd53a16ab0174ea3d17f98b06bc"
    "5b01e71b1842bd3259d62fd3c5876df6bbff17dacf6592b07bfcae187e4d113443b7eff5a32cb691b9ca575a0ef6643a"
    "b34900d4dc6dacb6e871c400e72561d9";
constexpr const char* k_dsa_q = "b98dccd5a261e1f52e52fac0e5b0b6614b7eaf13ab248e14c6131a6f";
constexpr const char* k_dsa_g =
    "8672c8617481391ebe5c5dd0320686b82e844b1a997e21ac87d4db520664b19e57ed256b871e4fdf7486a965f978ddfc"
    "58c39d6911c0529123ff11861a759244e3d30fadecfe93f8d5b2fef5eba91ef05d478de14819a2ab4b0aceeaa71b4a5e"
    "8e3af6fbab896b38580e7a32da7fca625ca78673e56e2d0aa0dd3a70051324dfe0f0c94d885da34a3cf9813670625eb6"
    "dd02a545025ced89c5ff35b45716bad99598556f9c374a1b7285dcdcec35d08eccb207d928a660aa3ae1905b9a59e4d1"
    "dc689b537ba0ea2cfa9df367c0e883ce81173fe44ff731bd221c37442ad13208247dd841eae67386d36a5332ef06f177"
    "e549c0fc220b682c8406a03ced65dec2";

Key generate(OSSL_LIB_CTX* library, const char* type, const OSSL_PARAM* params) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(library, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_params(context.get(), params) == 1)
    EVP_PKEY_generate(context.get(), &key);
  return Key(key);
}

Key from_data(OSSL_LIB_CTX* library, const char* type, int selection, const OSSL_PARAM* params) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(library, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, selection, const_cast<OSSL_PARAM*>(params));
  return Key(key);
}

void push(OSSL_PARAM_BLD* builder, const char* name, const char* hex) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, hex);
  OSSL_PARAM_BLD_push_BN(builder, name, number); // lives as long as the builder uses it: until the end of the program
}

Key dsa_parameters(OSSL_LIB_CTX* library) {
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  push(builder.get(), OSSL_PKEY_PARAM_FFC_P, k_dsa_p);
  push(builder.get(), OSSL_PKEY_PARAM_FFC_Q, k_dsa_q);
  push(builder.get(), OSSL_PKEY_PARAM_FFC_G, k_dsa_g);
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  return from_data(library, "DSA", EVP_PKEY_KEY_PARAMETERS, params.get());
}

} // namespace

Key new_dsa_key(OSSL_LIB_CTX* library) {
  const Key parameters = dsa_parameters(library);
  const KeyContext context(parameters != nullptr ? EVP_PKEY_CTX_new_from_pkey(library, parameters.get(), nullptr)
                                                 : nullptr);
  EVP_PKEY* key = nullptr;
  if (context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1)
    EVP_PKEY_generate(context.get(), &key);
  return Key(key);
}

EVP_PKEY* other_rsa_key() {
  static const Key key(EVP_PKEY_Q_keygen(other(), nullptr, "RSA", std::size_t{2048}));
  return key.get();
}

EVP_PKEY* other_dsa_key() {
  static const Key key = new_dsa_key(other());
  return key.get();
}

EVP_PKEY* other_ec_key(const char* curve) {
  static std::map<std::string, Key> keys;
  Key& key = keys[curve];
  if (key == nullptr) {
    const OSSL_PARAM params[] = {text(OSSL_PKEY_PARAM_GROUP_NAME, curve), OSSL_PARAM_construct_end()};
    key = generate(other(), "EC", params);
  }
  return key.get();
}

Key in_module(EVP_PKEY* key, bool with_private) {
  if (key == nullptr)
    return nullptr;
  const int selection = with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  OSSL_PARAM* params = nullptr;
  if (EVP_PKEY_todata(key, selection, &params) != 1)
    return nullptr;
  const Owned<OSSL_PARAM, OSSL_PARAM_free> owned(params);
  return from_data(nullptr, EVP_PKEY_get0_type_name(key), selection, params);
}

Key new_ec_key(const char* curve) {
  const OSSL_PARAM params[] = {text(OSSL_PKEY_PARAM_GROUP_NAME, curve), OSSL_PARAM_construct_end()};
  return generate(nullptr, "EC", params);
}

} // namespace kif::test
