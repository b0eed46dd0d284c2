// SPDX-License-Identifier: Apache-2.0
// Guards of keys: small curves and DSA keys are not made, HMAC keys are long enough, CMAC keys are not 3DES's. Keys of
// small curves and of DSA can be brought in, since signatures by them are still verified.
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"
#include "provider/guards/parameters.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 4;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_gen_init, k_gen_set_params, k_gen, k_import, k_set_params, k_get_params, k_free };

constexpr int k_least_security_bits = 112;

Features features_of(std::string_view algorithm_names) noexcept {
  const auto is = [&](std::string_view name) { return has_name(algorithm_names, name); };
  if (is("EC"))
    return Features(Feature::small_curves);
  if (is("DSA"))
    return Features(Feature::dsa_signatures);
  if (is("HMAC"))
    return Features(Feature::short_hmac_keys);
  if (is("CMAC"))
    return Features(Feature::triple_des_encryption);
  return {};
}

KIF_SHARED_BY_GUARDS bool permits(const Guard& guard, const OSSL_PARAM params[]) noexcept {
  if (guard.refused.has(Feature::short_hmac_keys) && is_short_key(params, OSSL_PKEY_PARAM_PRIV_KEY))
    return guard.refuse(Feature::short_hmac_keys);
  if (guard.refused.has(Feature::triple_des_encryption) && names_triple_des(params))
    return guard.refuse(Feature::triple_des_encryption);
  return true;
}

/// The curve may be named, described by its numbers, or another key's: the finished key is asked.
bool is_small(const Guard& guard, void* key) noexcept {
  int bits = 0;
  OSSL_PARAM params[] = {{OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PARAM_INTEGER, &bits, sizeof bits, OSSL_PARAM_UNMODIFIED},
                         OSSL_PARAM{}};
  const auto get = guard.original<OSSL_FUNC_keymgmt_get_params_fn>(k_get_params);
  return get == nullptr || get(key, params) != 1 || bits < k_least_security_bits;
}

KIF_SHARED_BY_GUARDS void* generate(const Guard& guard, void* ctx, OSSL_CALLBACK* callback, void* argument) noexcept {
  if (guard.refused.has(Feature::dsa_signatures)) {
    guard.refuse(Feature::dsa_signatures);
    return nullptr;
  }
  void* key = guard.original<OSSL_FUNC_keymgmt_gen_fn>(k_gen)(ctx, callback, argument);
  if (key == nullptr || !guard.refused.has(Feature::small_curves) || !is_small(guard, key))
    return key;
  if (const auto free = guard.original<OSSL_FUNC_keymgmt_free_fn>(k_free); free != nullptr)
    free(key);
  guard.refuse(Feature::small_curves);
  return nullptr;
}

template <std::size_t Number> struct Functions {
  static void* gen_init(void* provider, int selection, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params)
               ? guard.original<OSSL_FUNC_keymgmt_gen_init_fn>(k_gen_init)(provider, selection, params)
               : nullptr;
  }
  static int gen_set_params(void* ctx, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_keymgmt_gen_set_params_fn>(k_gen_set_params)(ctx, params)
                                  : 0;
  }
  static void* gen(void* ctx, OSSL_CALLBACK* callback, void* argument) noexcept {
    return generate(g_guards[Number], ctx, callback, argument);
  }
  static int import(void* key, int selection, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_keymgmt_import_fn>(k_import)(key, selection, params) : 0;
  }
  static int set_params(void* key, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_keymgmt_set_params_fn>(k_set_params)(key, params) : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    switch (entry.function_id) {
    case OSSL_FUNC_KEYMGMT_GEN_INIT:
      return guard.replace(entry, k_gen_init, gen_init);
    case OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS:
      return guard.replace(entry, k_gen_set_params, gen_set_params);
    case OSSL_FUNC_KEYMGMT_GEN:
      return guard.replace(entry, k_gen, gen);
    case OSSL_FUNC_KEYMGMT_IMPORT:
      return guard.replace(entry, k_import, import);
    case OSSL_FUNC_KEYMGMT_SET_PARAMS:
      return guard.replace(entry, k_set_params, set_params);
    case OSSL_FUNC_KEYMGMT_GET_PARAMS:
      return guard.keep(entry, k_get_params);
    case OSSL_FUNC_KEYMGMT_FREE:
      return guard.keep(entry, k_free);
    default:
      return;
    }
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_key_management = {OSSL_OP_KEYMGMT, features_of, g_guards, k_binds};

} // namespace kif::provider
