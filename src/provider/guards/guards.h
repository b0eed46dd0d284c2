// SPDX-License-Identifier: Apache-2.0
// The guards of one slot: what kif-refuse names, in front of the module's algorithms.
#pragma once

#include <array>
#include <cstddef>

#include <openssl/core_dispatch.h>

#include "base/result.h"
#include "provider/core/core.h"
#include "provider/guards/feature.h"

namespace kif::provider {

class Guards {
public:
  static constexpr std::size_t k_operations = 9;

  /// `slot` is below k_slots. The guards of that slot belong to this object from now on.
  Guards(std::size_t slot, Features refused, const Core& core) noexcept
      : m_slot(slot), m_refused(refused), m_core(core) {}

  /// The dispatch table that libcrypto is to see instead of the algorithm's own; null where there is nothing to refuse.
  /// The algorithms of OSSL_OP_KEYMGMT come before those of OSSL_OP_KEYEXCH, which ask them about keys.
  /// too_large: more algorithms, or a longer table, than any module has.
  Result<const OSSL_DISPATCH*> guarded(int operation, const OSSL_ALGORITHM& algorithm);

private:
  std::size_t m_slot;
  Features m_refused;
  Core m_core;
  std::array<std::size_t, k_operations> m_used{};
  OSSL_FUNC_keymgmt_get_params_fn* m_ec_key_params = nullptr;
};

} // namespace kif::provider
