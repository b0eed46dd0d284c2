// SPDX-License-Identifier: Apache-2.0
// Guards of DRBGs: digests that are not truncated (FIPS 140-3 IG D.R, as module 3.1's drbg-no-trunc-md checks it).
#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"
#include "provider/guards/parameters.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 2;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t { k_instantiate, k_set_ctx_params };

Features features_of(std::string_view algorithm_names) noexcept {
  return has_name(algorithm_names, "HASH-DRBG") || has_name(algorithm_names, "HMAC-DRBG")
             ? Features(Feature::truncated_digest_drbg)
             : Features();
}

KIF_SHARED_BY_GUARDS bool permits(const Guard& guard, const OSSL_PARAM params[]) noexcept {
  using enum Digest;
  return digest_is_one_of(params, {sha1, sha256, sha512, sha3_256, sha3_512}) ||
         guard.refuse(Feature::truncated_digest_drbg);
}

template <std::size_t Number> struct Functions {
  static int instantiate(void* ctx, unsigned strength, int prediction_resistance, const unsigned char* text,
                         std::size_t size, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_rand_instantiate_fn>(k_instantiate)(
                                        ctx, strength, prediction_resistance, text, size, params)
                                  : 0;
  }
  static int set_ctx_params(void* ctx, const OSSL_PARAM params[]) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, params) ? guard.original<OSSL_FUNC_rand_set_ctx_params_fn>(k_set_ctx_params)(ctx, params) : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    if (entry.function_id == OSSL_FUNC_RAND_INSTANTIATE)
      guard.replace(entry, k_instantiate, instantiate);
    else if (entry.function_id == OSSL_FUNC_RAND_SET_CTX_PARAMS)
      guard.replace(entry, k_set_ctx_params, set_ctx_params);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_rand = {OSSL_OP_RAND, features_of, g_guards, k_binds};

} // namespace kif::provider
