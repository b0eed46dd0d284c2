// SPDX-License-Identifier: Apache-2.0
// Guards of RSA encryption: no PKCS#1 v1.5 padding, neither a program's nor that of TLS's RSA key exchange (FIPS 140-3
// IG D.G). As the modules' own rsa-pkcs15-pad-disabled, it leaves decryption alone.
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_encrypt, k_get_ctx_params };

Features features_of(std::string_view algorithm_names) noexcept {
  return has_name(algorithm_names, "RSA") ? Features(Feature::rsa_pkcs1_encryption) : Features();
}

/// The context is asked, since PKCS#1 v1.5 is also what it has where nobody set a padding.
KIF_SHARED_BY_GUARDS bool permits(const Guard& guard, void* ctx) noexcept {
  int padding = 0;
  OSSL_PARAM params[] = {
      {OSSL_ASYM_CIPHER_PARAM_PAD_MODE, OSSL_PARAM_INTEGER, &padding, sizeof padding, OSSL_PARAM_UNMODIFIED},
      OSSL_PARAM{}};
  const auto get = guard.original<OSSL_FUNC_asym_cipher_get_ctx_params_fn>(k_get_ctx_params);
  if (get == nullptr || get(ctx, params) != 1 || padding == RSA_PKCS1_PADDING || padding == RSA_PKCS1_WITH_TLS_PADDING)
    return guard.refuse(Feature::rsa_pkcs1_encryption);
  return true;
}

template <std::size_t Number> struct Functions {
  static int encrypt(void* ctx, unsigned char* out, std::size_t* out_size, std::size_t room, const unsigned char* in,
                     std::size_t in_size) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, ctx)
               ? guard.original<OSSL_FUNC_asym_cipher_encrypt_fn>(k_encrypt)(ctx, out, out_size, room, in, in_size)
               : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    if (entry.function_id == OSSL_FUNC_ASYM_CIPHER_ENCRYPT)
      guard.replace(entry, k_encrypt, encrypt);
    else if (entry.function_id == OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS)
      guard.keep(entry, k_get_ctx_params);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_asym_cipher = {OSSL_OP_ASYM_CIPHER, features_of, g_guards, k_binds};

} // namespace kif::provider
