// SPDX-License-Identifier: Apache-2.0
// The guards of a slot are the process's: each test takes them anew, as a load does.
#include "provider/guards/guards.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "fake_core.h"
#include "provider/core/dispatch.h"
#include "provider/core/slot_count.h"

namespace kif::provider {
namespace {

/// What the module's functions were called for, and what they answer.
struct Module {
  int calls = 0;
  int freed = 0;
  int padding = RSA_PKCS1_PADDING;
  int salt = RSA_PSS_SALTLEN_DIGEST;
  std::string digest = "SHA256";
  int security_bits = 128;
} g_module;

int called() {
  ++g_module.calls;
  return 1;
}

int get_rsa_params(void*, OSSL_PARAM params[]) {
  for (; params->key != nullptr; ++params) {
    const std::string key = params->key;
    if (key == OSSL_SIGNATURE_PARAM_DIGEST)
      std::strcpy(static_cast<char*>(params->data), g_module.digest.c_str());
    else
      *static_cast<int*>(params->data) = key == OSSL_SIGNATURE_PARAM_PAD_MODE ? g_module.padding : g_module.salt;
  }
  return 1;
}

int set_rsa_params(void*, const OSSL_PARAM params[]) {
  g_module.salt = *static_cast<const int*>(params->data);
  return 1;
}

int get_key_params(void*, OSSL_PARAM params[]) {
  *static_cast<int*>(params->data) = g_module.security_bits;
  return 1;
}

template <class Function> struct Accepts;
template <class Result, class... Arguments> struct Accepts<Result(Arguments...)> {
  static Result function(Arguments...) {
    if constexpr (std::is_pointer_v<Result>) // a key or a context
      return called() == 1 ? &g_module : nullptr;
    else
      return called();
  }
};

/// An entry of a dispatch table that counts its call and succeeds.
template <class Function> OSSL_DISPATCH accepts(int id) {
  return dispatch_entry(id, Accepts<Function>::function);
}

struct GuardsTest : testing::Test {
  GuardsTest() { g_module = {}; }

  const OSSL_DISPATCH* guard(int operation, const char* names, std::vector<OSSL_DISPATCH> functions, Features refused,
                             std::size_t slot = 0) {
    tables.push_back(std::move(functions));
    tables.back().push_back({});
    Guards guards(slot, refused, fake.core());
    const auto guarded = guards.guarded(operation, {names, "provider=fips,fips=yes", tables.back().data(), nullptr});
    EXPECT_TRUE(guarded) << guarded.error().message;
    return guarded ? *guarded : nullptr;
  }

  template <class Function> static Function* function(const OSSL_DISPATCH* table, int id) {
    for (; table->function_id != 0; ++table)
      if (table->function_id == id)
        return function_of<Function>(*table);
    return nullptr;
  }

  /// The one sentence since the last call, or nothing.
  std::string said() {
    std::string text;
    for (const FakeError& error : fake.errors)
      text += error.text;
    fake.errors.clear();
    return text;
  }

  FakeCore fake;
  std::vector<std::vector<OSSL_DISPATCH>> tables;
};

OSSL_PARAM octets(const char* name, const std::string& value) {
  return {name, OSSL_PARAM_OCTET_STRING, const_cast<char*>(value.data()), value.size(), OSSL_PARAM_UNMODIFIED};
}
OSSL_PARAM text(const char* name, const std::string& value) {
  return {name, OSSL_PARAM_UTF8_STRING, const_cast<char*>(value.data()), value.size(), OSSL_PARAM_UNMODIFIED};
}

TEST_F(GuardsTest, WhatIsNotRefusedKeepsTheModulesTable) {
  const std::vector<OSSL_DISPATCH> derive = {accepts<OSSL_FUNC_kdf_derive_fn>(OSSL_FUNC_KDF_DERIVE)};
  EXPECT_EQ(guard(OSSL_OP_KDF, "TLS1-PRF", derive, {}), nullptr);
  EXPECT_EQ(guard(OSSL_OP_KDF, "TLS1-PRF", derive, Features(Feature::dsa_signatures)), nullptr);
  EXPECT_EQ(guard(OSSL_OP_KDF, "PBKDF2", derive, Features(Feature::short_kdf_keys)), nullptr);
  EXPECT_EQ(guard(OSSL_OP_DIGEST, "SHA1", {}, Features(Feature::kdf_digests)), nullptr);
}

TEST_F(GuardsTest, TheLabelOfTheMasterSecretIsFoundInPiecesAndElsewhereIsNot) {
  const auto* table = guard(OSSL_OP_KDF, "TLS1-PRF", {accepts<OSSL_FUNC_kdf_derive_fn>(OSSL_FUNC_KDF_DERIVE)},
                            Features(Feature::tls12_without_ems));
  const auto derive = function<OSSL_FUNC_kdf_derive_fn>(table, OSSL_FUNC_KDF_DERIVE);
  const auto with_seeds = [&](const std::vector<std::string>& seeds) {
    std::vector<OSSL_PARAM> params;
    for (const std::string& seed : seeds)
      params.push_back(octets(OSSL_KDF_PARAM_SEED, seed));
    params.push_back({});
    return derive(nullptr, nullptr, 0, params.data());
  };
  for (const std::vector<std::string>& seeds : {std::vector<std::string>{"master secret"},
                                                {"master secret", "random"},
                                                {"", "master ", "sec", "", "retrandom"}}) {
    EXPECT_EQ(with_seeds(seeds), 0);
    EXPECT_EQ(said(), sentence_of(Feature::tls12_without_ems));
  }
  EXPECT_EQ(g_module.calls, 0);
  for (const std::vector<std::string>& seeds :
       {std::vector<std::string>{"extended master secret"}, {"master secre"}, {"key expansion", "master secret"}, {}})
    EXPECT_EQ(with_seeds(seeds), 1);
  EXPECT_EQ(derive(nullptr, nullptr, 0, nullptr), 1);
  EXPECT_EQ(g_module.calls, 5);
  EXPECT_EQ(said(), "");
}

TEST_F(GuardsTest, EachSlotCallsItsOwnModule) {
  const Features refused(Feature::short_kdf_keys);
  const auto none = [](void*, unsigned char*, std::size_t, const OSSL_PARAM*) { return 7; };
  OSSL_FUNC_kdf_derive_fn* other = none;
  const auto* first = guard(OSSL_OP_KDF, "HKDF", {accepts<OSSL_FUNC_kdf_derive_fn>(OSSL_FUNC_KDF_DERIVE)}, refused, 0);
  const auto* last = guard(OSSL_OP_KDF, "HKDF", {dispatch_entry(OSSL_FUNC_KDF_DERIVE, other)}, refused, k_slots - 1);
  EXPECT_EQ(function<OSSL_FUNC_kdf_derive_fn>(first, OSSL_FUNC_KDF_DERIVE)(nullptr, nullptr, 0, nullptr), 1);
  EXPECT_EQ(function<OSSL_FUNC_kdf_derive_fn>(last, OSSL_FUNC_KDF_DERIVE)(nullptr, nullptr, 0, nullptr), 7);
}

TEST_F(GuardsTest, DigestsOfKeyDerivations) {
  struct Case {
    const char* kdf;
    const char* digest;
    int result;
  };
  for (const auto& [kdf, digest, result] : {Case{"TLS1-PRF", "SHA224", 0},
                                            {"TLS1-PRF", "SHA2-384", 1},
                                            {"TLS13-KDF", "SHA512", 0},
                                            {"TLS13-KDF", "SHA256", 1},
                                            {"SSHKDF", "SHA3-256", 0},
                                            {"SSHKDF", "SHA1", 1},
                                            {"X963KDF:X942KDF-CONCAT", "SHA-1", 0},
                                            {"X963KDF", "SHA3-256", 1}}) {
    const auto* table =
        guard(OSSL_OP_KDF, kdf, {accepts<OSSL_FUNC_kdf_set_ctx_params_fn>(OSSL_FUNC_KDF_SET_CTX_PARAMS)},
              Features(Feature::kdf_digests));
    const std::string name = digest;
    const OSSL_PARAM params[] = {text(OSSL_KDF_PARAM_DIGEST, name), OSSL_PARAM{}};
    EXPECT_EQ(function<OSSL_FUNC_kdf_set_ctx_params_fn>(table, OSSL_FUNC_KDF_SET_CTX_PARAMS)(nullptr, params), result)
        << kdf << " " << digest;
  }
}

TEST_F(GuardsTest, MacKeysByArgumentAndByParameter) {
  const auto* table = guard(OSSL_OP_MAC, "HMAC", {accepts<OSSL_FUNC_mac_init_fn>(OSSL_FUNC_MAC_INIT)},
                            Features(Feature::short_hmac_keys));
  const auto init = function<OSSL_FUNC_mac_init_fn>(table, OSSL_FUNC_MAC_INIT);
  const std::string key(14, 'k');
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  const OSSL_PARAM short_key[] = {octets(OSSL_MAC_PARAM_KEY, "short"), OSSL_PARAM{}};
  EXPECT_EQ(init(nullptr, bytes, 13, nullptr), 0);
  EXPECT_EQ(said(), sentence_of(Feature::short_hmac_keys));
  EXPECT_EQ(init(nullptr, nullptr, 0, short_key), 0);
  EXPECT_EQ(init(nullptr, bytes, 14, nullptr), 1);
  EXPECT_EQ(init(nullptr, nullptr, 0, nullptr), 1); // the same key again
}

TEST_F(GuardsTest, TripleDesDecryptsOnly) {
  const auto* table = guard(OSSL_OP_CIPHER, "DES-EDE3-CBC:DES3",
                            {accepts<OSSL_FUNC_cipher_encrypt_init_fn>(OSSL_FUNC_CIPHER_ENCRYPT_INIT),
                             accepts<OSSL_FUNC_cipher_decrypt_init_fn>(OSSL_FUNC_CIPHER_DECRYPT_INIT)},
                            Features(Feature::triple_des_encryption));
  const auto init = [&](int id) {
    return function<OSSL_FUNC_cipher_encrypt_init_fn>(table, id)(nullptr, nullptr, 0, nullptr, 0, nullptr);
  };
  EXPECT_EQ(init(OSSL_FUNC_CIPHER_ENCRYPT_INIT), 0);
  EXPECT_EQ(init(OSSL_FUNC_CIPHER_DECRYPT_INIT), 1);
  EXPECT_EQ(guard(OSSL_OP_CIPHER, "AES-128-CBC", {}, Features(Feature::triple_des_encryption)), nullptr);
}

TEST_F(GuardsTest, TheContextSaysWhichPaddingEncrypts) {
  const std::vector<OSSL_DISPATCH> functions = {
      accepts<OSSL_FUNC_asym_cipher_encrypt_fn>(OSSL_FUNC_ASYM_CIPHER_ENCRYPT),
      dispatch_entry(OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS, get_rsa_params)};
  const Features refused(Feature::rsa_pkcs1_encryption);
  const auto* table = guard(OSSL_OP_ASYM_CIPHER, "RSA:rsaEncryption", functions, refused);
  const auto encrypt = function<OSSL_FUNC_asym_cipher_encrypt_fn>(table, OSSL_FUNC_ASYM_CIPHER_ENCRYPT);
  for (const auto& [padding, result] : {std::pair{RSA_PKCS1_PADDING, 0},
                                        {RSA_PKCS1_WITH_TLS_PADDING, 0},
                                        {RSA_PKCS1_OAEP_PADDING, 1},
                                        {RSA_NO_PADDING, 1}}) {
    g_module.padding = padding;
    EXPECT_EQ(encrypt(nullptr, nullptr, nullptr, 0, nullptr, 0), result) << padding;
  }
  // A module that does not tell is not trusted.
  const auto* silent = guard(OSSL_OP_ASYM_CIPHER, "RSA", {functions[0]}, refused, 1);
  EXPECT_EQ(function<OSSL_FUNC_asym_cipher_encrypt_fn>(silent, OSSL_FUNC_ASYM_CIPHER_ENCRYPT)(nullptr, nullptr, nullptr,
                                                                                              0, nullptr, 0),
            0);
}

TEST_F(GuardsTest, RsaSignsWithApprovedPaddingAndSalt) {
  const auto* table = guard(OSSL_OP_SIGNATURE, "RSA",
                            {accepts<OSSL_FUNC_signature_sign_fn>(OSSL_FUNC_SIGNATURE_SIGN),
                             dispatch_entry(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, get_rsa_params),
                             dispatch_entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_rsa_params)},
                            Features(Feature::rsa_x931_signatures, Feature::rsa_pss_saltlen));
  const auto sign = [&](int padding, int salt) {
    g_module.padding = padding;
    g_module.salt = salt;
    return function<OSSL_FUNC_signature_sign_fn>(table, OSSL_FUNC_SIGNATURE_SIGN)(nullptr, nullptr, nullptr, 0, nullptr,
                                                                                  0);
  };
  EXPECT_EQ(sign(RSA_PKCS1_PADDING, RSA_PSS_SALTLEN_AUTO), 1);
  EXPECT_EQ(g_module.salt, RSA_PSS_SALTLEN_AUTO);
  EXPECT_EQ(sign(RSA_X931_PADDING, 0), 0);
  EXPECT_EQ(said(), sentence_of(Feature::rsa_x931_signatures));
  for (const auto& [salt, result] :
       {std::pair{0, 1}, {32, 1}, {33, 0}, {RSA_PSS_SALTLEN_DIGEST, 1}, {RSA_PSS_SALTLEN_MAX, 0}, {-4, 1}, {-5, 0}})
    EXPECT_EQ(sign(RSA_PKCS1_PSS_PADDING, salt), result) << salt;
  EXPECT_EQ(sign(RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO), 1);
  EXPECT_EQ(g_module.salt, RSA_PSS_SALTLEN_DIGEST);
}

TEST_F(GuardsTest, DsaVerifiesOnlyUnderAllItsNames) {
  for (const char* names : {"DSA:dsaEncryption", "DSA-SHA2-256:DSA-SHA256"}) {
    const auto* table = guard(OSSL_OP_SIGNATURE, names,
                              {accepts<OSSL_FUNC_signature_sign_init_fn>(OSSL_FUNC_SIGNATURE_SIGN_INIT),
                               accepts<OSSL_FUNC_signature_sign_init_fn>(k_signature_sign_message_init),
                               accepts<OSSL_FUNC_signature_verify_init_fn>(OSSL_FUNC_SIGNATURE_VERIFY_INIT)},
                              Features(Feature::dsa_signatures));
    const auto init = [&](int id) {
      return function<OSSL_FUNC_signature_sign_init_fn>(table, id)(nullptr, nullptr, nullptr);
    };
    EXPECT_EQ(init(OSSL_FUNC_SIGNATURE_SIGN_INIT), 0);
    EXPECT_EQ(init(k_signature_sign_message_init), 0);
    EXPECT_EQ(init(OSSL_FUNC_SIGNATURE_VERIFY_INIT), 1);
  }
}

void free_key(void*) {
  ++g_module.freed;
}

TEST_F(GuardsTest, AKeyOnASmallCurveIsMadeForNobody) {
  const auto* table = guard(OSSL_OP_KEYMGMT, "EC:id-ecPublicKey",
                            {accepts<OSSL_FUNC_keymgmt_gen_fn>(OSSL_FUNC_KEYMGMT_GEN),
                             dispatch_entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_key_params),
                             dispatch_entry(OSSL_FUNC_KEYMGMT_FREE, free_key)},
                            Features(Feature::small_curves));
  const auto generate = function<OSSL_FUNC_keymgmt_gen_fn>(table, OSSL_FUNC_KEYMGMT_GEN);
  g_module.security_bits = 112;
  EXPECT_NE(generate(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(g_module.freed, 0);
  g_module.security_bits = 80;
  EXPECT_EQ(generate(nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(g_module.freed, 1);
  EXPECT_EQ(said(), sentence_of(Feature::small_curves));
}

int get_curve(void* key, OSSL_PARAM params[]) {
  std::strcpy(static_cast<char*>(params->data), static_cast<const char*>(key));
  return 1;
}

TEST_F(GuardsTest, TheKeySaysWhetherItsCurveHasACofactor) {
  const OSSL_DISPATCH keys[] = {dispatch_entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_curve), OSSL_DISPATCH{}};
  const OSSL_DISPATCH exchange[] = {accepts<OSSL_FUNC_keyexch_init_fn>(OSSL_FUNC_KEYEXCH_INIT), OSSL_DISPATCH{}};
  Guards guards(0, Features(Feature::ecdh_cofactor), fake.core());
  ASSERT_EQ(guards.guarded(OSSL_OP_KEYMGMT, {"EC:id-ecPublicKey", "", keys, nullptr}).value(), nullptr);
  const OSSL_DISPATCH* table = guards.guarded(OSSL_OP_KEYEXCH, {"ECDH", "", exchange, nullptr}).value();
  const auto init = function<OSSL_FUNC_keyexch_init_fn>(table, OSSL_FUNC_KEYEXCH_INIT);
  for (const auto& [curve, result] :
       {std::pair{"prime256v1", 1}, {"secp384r1", 1}, {"P-521", 1}, {"sect283k1", 0}, {"B-283", 0}, {"", 0}}) {
    std::string name = curve;
    EXPECT_EQ(init(nullptr, name.data(), nullptr), result) << curve;
  }
}

TEST_F(GuardsTest, MoreThanAnyModuleHasIsRefused) {
  const OSSL_DISPATCH derive[] = {accepts<OSSL_FUNC_kdf_derive_fn>(OSSL_FUNC_KDF_DERIVE), OSSL_DISPATCH{}};
  Guards guards(2, Features(Feature::short_kdf_keys), fake.core());
  std::string refusal;
  for (int i = 0; i < 100 && refusal.empty(); ++i)
    if (const auto guarded = guards.guarded(OSSL_OP_KDF, {"HKDF", "", derive, nullptr}); !guarded)
      refusal = guarded.error().message;
  EXPECT_NE(refusal.find("too many algorithms like HKDF"), std::string::npos) << refusal;

  std::vector<OSSL_DISPATCH> endless(1000, OSSL_DISPATCH{2000, nullptr});
  Guards others(3, Features(Feature::short_kdf_keys), fake.core());
  const auto guarded = others.guarded(OSSL_OP_KDF, {"HKDF", "", endless.data(), nullptr});
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().code, ErrorCode::too_large);
}

} // namespace
} // namespace kif::provider
