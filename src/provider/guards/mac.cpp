// SPDX-License-Identifier: Apache-2.0
// Guards of MACs: short keys of HMAC and KMAC, short output of KMAC, CMAC with 3DES.
#include <openssl/core_names.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"
#include "provider/guards/parameters.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 4;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_init, k_set_ctx_params };

constexpr std::uint64_t k_least_kmac_bytes = 4; // SP 800-185 §8.4.2: 32 bits

Features features_of(std::string_view algorithm_names) noexcept {
  const auto is = [&](std::string_view name) { return has_name(algorithm_names, name); };
  if (is("HMAC"))
    return Features(Feature::short_hmac_keys);
  if (is("KMAC-128") || is("KMAC-256"))
    return Features(Feature::short_hmac_keys, Feature::short_mac);
  if (is("CMAC"))
    return Features(Feature::triple_des_encryption);
  return {};
}

KIF_SHARED_BY_GUARDS bool permits(const Guard& guard, const OSSL_PARAM params[]) noexcept {
  if (guard.refused.has(Feature::short_hmac_keys) && is_short_key(params, OSSL_MAC_PARAM_KEY))
    return guard.refuse(Feature::short_hmac_keys);
  if (guard.refused.has(Feature::short_mac) &&
      number_in(params, OSSL_MAC_PARAM_SIZE).value_or(k_least_kmac_bytes) < k_least_kmac_bytes)
    return guard.refuse(Feature::short_mac);
  if (guard.refused.has(Feature::triple_des_encryption) && names_triple_des(params))
    return guard.refuse(Feature::triple_des_encryption);
  return true;
}

KIF_SHARED_BY_GUARDS bool permits_key(const Guard& guard, const unsigned char* key, std::size_t size) noexcept {
  return !guard.refused.has(Feature::short_hmac_keys) || key == nullptr || size >= k_least_key_bytes ||
         guard.refuse(Feature::short_hmac_keys);
}

template <std::size_t Number> struct Functions {
  static int init(void* ctx, const unsigned char* key, std::size_t size, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits_key(guard, key, size) && permits(guard, params)
               ? guard.original<OSSL_FUNC_mac_init_fn>(k_init)(ctx, key, size, params)
               : 0;
  }
  static int set_ctx_params(void* ctx, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_mac_set_ctx_params_fn>(k_set_ctx_params)(ctx, params) : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    if (entry.function_id == OSSL_FUNC_MAC_INIT)
      guard.replace(entry, k_init, init);
    else if (entry.function_id == OSSL_FUNC_MAC_SET_CTX_PARAMS)
      guard.replace(entry, k_set_ctx_params, set_ctx_params);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_mac = {OSSL_OP_MAC, features_of, g_guards, k_binds};

} // namespace kif::provider
