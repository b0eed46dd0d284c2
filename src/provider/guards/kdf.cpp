// SPDX-License-Identifier: Apache-2.0
// Guards of key derivations.
#include "provider/guards/kdf_rules.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 8;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_derive, k_set_ctx_params };

template <std::size_t Number> struct Functions {
  static int derive(void* ctx, unsigned char* key, std::size_t size, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits_kdf(guard, params) ? guard.original<OSSL_FUNC_kdf_derive_fn>(k_derive)(ctx, key, size, params) : 0;
  }
  static int set_ctx_params(void* ctx, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits_kdf(guard, params) ? guard.original<OSSL_FUNC_kdf_set_ctx_params_fn>(k_set_ctx_params)(ctx, params)
                                      : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    if (entry.function_id == OSSL_FUNC_KDF_DERIVE)
      guard.replace(entry, k_derive, derive);
    else if (entry.function_id == OSSL_FUNC_KDF_SET_CTX_PARAMS)
      guard.replace(entry, k_set_ctx_params, set_ctx_params);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_kdf = {OSSL_OP_KDF, kdf_features, g_guards, k_binds};

} // namespace kif::provider
