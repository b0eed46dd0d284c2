// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/guards.h"

#include <string>

#include <openssl/err.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"

namespace kif::provider {
namespace {

constexpr std::array<const GuardedOperation*, Guards::k_operations> k_guarded = {&k_guarded_kdf,
                                                                                 &k_guarded_mac,
                                                                                 &k_guarded_cipher,
                                                                                 &k_guarded_rand,
                                                                                 &k_guarded_key_management,
                                                                                 &k_guarded_key_exchange,
                                                                                 &k_guarded_rsa_signature,
                                                                                 &k_guarded_dsa_signature,
                                                                                 &k_guarded_asym_cipher};

Result<void> fill(Guard& guard, BindGuard bind, const OSSL_DISPATCH* functions) {
  std::size_t size = 0;
  for (; functions[size].function_id != 0; ++size) {
    if (size + 1 == guard.table.size()) // the last one ends the table
      return fail(ErrorCode::too_large, "cannot refuse what kif-refuse names: the FIPS module's table of " +
                                            std::string(guard.algorithm_names) + " is too long");
    guard.table[size] = functions[size];
    bind(guard.table[size]);
  }
  guard.table[size] = OSSL_DISPATCH{};
  return {};
}

} // namespace

bool Guard::refuse(Feature feature, Where where) const noexcept {
  core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, ERR_R_UNSUPPORTED), sentence_of(feature), where);
  return false;
}

bool Guard::has_name(std::string_view name) const noexcept {
  return provider::has_name(algorithm_names, name);
}

Result<const OSSL_DISPATCH*> Guards::guarded(int operation, const OSSL_ALGORITHM& algorithm) {
  if (operation == OSSL_OP_KEYMGMT && has_name(algorithm.algorithm_names, "EC"))
    for (const OSSL_DISPATCH* entry = algorithm.implementation; entry->function_id != 0; ++entry)
      if (entry->function_id == OSSL_FUNC_KEYMGMT_GET_PARAMS)
        m_ec_key_params = function_of<OSSL_FUNC_keymgmt_get_params_fn>(*entry);
  for (std::size_t i = 0; i < k_guarded.size(); ++i) {
    const GuardedOperation& guarded = *k_guarded[i];
    const Features features = guarded.features_of(algorithm.algorithm_names) & m_refused;
    if (guarded.id != operation || features.empty())
      continue;
    const std::size_t share = guarded.guards.size() / k_slots;
    if (m_used[i] == share)
      return fail(ErrorCode::too_large,
                  "cannot refuse what kif-refuse names: the FIPS module has too many algorithms like " +
                      std::string(algorithm.algorithm_names));
    const std::size_t number = m_slot * share + m_used[i]++;
    Guard& guard = guarded.guards[number];
    guard = Guard();
    guard.refused = features;
    guard.algorithm_names = algorithm.algorithm_names;
    guard.core = m_core;
    guard.ec_key_params = m_ec_key_params;
    KIF_CHECK(fill(guard, guarded.binds[number], algorithm.implementation));
    return guard.table.data();
  }
  return nullptr;
}

} // namespace kif::provider
