// SPDX-License-Identifier: Apache-2.0
// Guards of key exchanges: of ECDH on curves with a cofactor, and of the key derivations that EVP_PKEY_derive() reaches
// as key exchanges.
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/kdf_rules.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 4;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_init, k_set_ctx_params };

Features features_of(std::string_view algorithm_names) noexcept {
  return has_name(algorithm_names, "ECDH") ? Features(Feature::ecdh_cofactor) : kdf_features(algorithm_names);
}

/// SP 800-56A revision 3, §5.7.1.2, has the cofactor in every ECDH. It is 1 on prime curves (of NIST's, which are all
/// that modules have), and not on binary ones. Whether it is used is set on the context, before or after this key is,
/// and nothing but the key says which curve it is on: binary curves are refused as a whole.
bool has_cofactor(const Guard& guard, void* key) noexcept {
  std::array<char, 64> curve{};
  OSSL_PARAM params[] = {
      {OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, curve.data(), curve.size() - 1, OSSL_PARAM_UNMODIFIED},
      OSSL_PARAM{}};
  if (guard.ec_key_params == nullptr || guard.ec_key_params(key, params) != 1)
    return true;
  const std::string_view name(curve.data());
  return !name.starts_with("prime") && !name.starts_with("secp") && !name.starts_with("P-");
}

KIF_SHARED_BY_GUARDS bool permits_init(const Guard& guard, void* key, const OSSL_PARAM params[]) noexcept {
  if (guard.refused.has(Feature::ecdh_cofactor) && key != nullptr && has_cofactor(guard, key))
    return guard.refuse(Feature::ecdh_cofactor);
  return permits_kdf(guard, params);
}

template <std::size_t Number> struct Functions {
  static int init(void* ctx, void* key, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits_init(guard, key, params) ? guard.original<OSSL_FUNC_keyexch_init_fn>(k_init)(ctx, key, params) : 0;
  }
  static int set_ctx_params(void* ctx, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits_kdf(guard, params)
               ? guard.original<OSSL_FUNC_keyexch_set_ctx_params_fn>(k_set_ctx_params)(ctx, params)
               : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    if (entry.function_id == OSSL_FUNC_KEYEXCH_INIT)
      guard.replace(entry, k_init, init);
    else if (entry.function_id == OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS)
      guard.replace(entry, k_set_ctx_params, set_ctx_params);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_key_exchange = {OSSL_OP_KEYEXCH, features_of, g_guards, k_binds};

} // namespace kif::provider
