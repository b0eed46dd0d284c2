// SPDX-License-Identifier: Apache-2.0
// A guard: kif's own functions in front of a few of one algorithm's. What it lets through, the module does.
//
// libcrypto calls a provider's function with nothing but the module's own opaque context, so a guard keeps nothing
// beside it: it looks at the parameters that pass and asks the module for the rest (get_ctx_params). And since no
// handle says which libcrypto called, each place of an operation's array of guards has its own functions, made by
// templates.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <openssl/core_dispatch.h>

#include "provider/core/core.h"
#include "provider/core/dispatch.h"
#include "provider/core/slot_count.h"
#include "provider/guards/feature.h"

namespace kif::provider {

/// Of what all guards of an operation share. Inlined, it would be in each of their functions, and double
/// kif-provider.so.
#define KIF_SHARED_BY_GUARDS [[gnu::noinline]]

/// Written under the load lock, before libcrypto gets to see the table; only read from then on.
class Guard {
public:
  constexpr Guard() noexcept = default;

  Features refused;                 ///< of this algorithm
  std::string_view algorithm_names; ///< the module's own text: separated by colons
  Core core;
  OSSL_FUNC_keymgmt_get_params_fn* ec_key_params = nullptr; ///< what the module tells of a key of type EC; of ECDH only

  /// Puts ours in the place of the module's function, which is kept at `place`.
  template <class Function> void replace(OSSL_DISPATCH& entry, std::size_t place, Function* ours) noexcept {
    keep(entry, place);
    entry = dispatch_entry(entry.function_id, ours);
  }
  /// Keeps the module's function at `place`, to be called by the guard.
  void keep(const OSSL_DISPATCH& entry, std::size_t place) noexcept { m_originals[place] = entry.function; }

  /// The module's function, or null where it has none.
  template <class Function> Function* original(std::size_t place) const noexcept {
    return reinterpret_cast<Function*>(m_originals[place]);
  }

  /// Raises the feature's sentence. Always false, for `return`.
  bool refuse(Feature feature, Where where = {__builtin_LINE(), __builtin_FUNCTION()}) const noexcept;

  bool has_name(std::string_view name) const noexcept;

  static constexpr std::size_t k_most_originals = 8;
  static constexpr std::size_t k_most_functions = 64; ///< today's longest table has 27 (keymgmt)
  std::array<OSSL_DISPATCH, k_most_functions> table{};

private:
  std::array<void (*)(), k_most_originals> m_originals{};
};

/// Looks at one entry of the module's table, whose copy it may change.
using BindGuard = void (*)(OSSL_DISPATCH& entry) noexcept;

/// What there is to refuse in one operation.
struct GuardedOperation {
  int id;                                                             ///< OSSL_OP_…
  Features (*features_of)(std::string_view algorithm_names) noexcept; ///< what can be refused of an algorithm
  std::span<Guard> guards;                                            ///< an equal part of them for each slot
  std::span<const BindGuard> binds;                                   ///< one for each guard
};

/// The `bind` functions of Functions<0>, Functions<1>, …: each of them serves the guard of its number.
template <template <std::size_t> class Functions, std::size_t Count>
constexpr std::array<BindGuard, Count> all_binds() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<BindGuard, Count>{Functions<I>::bind...};
  }
  (std::make_index_sequence<Count>{});
}

extern const GuardedOperation k_guarded_kdf;
extern const GuardedOperation k_guarded_mac;
extern const GuardedOperation k_guarded_cipher;
extern const GuardedOperation k_guarded_rand;
extern const GuardedOperation k_guarded_key_management;
extern const GuardedOperation k_guarded_key_exchange;
extern const GuardedOperation k_guarded_rsa_signature;
extern const GuardedOperation k_guarded_dsa_signature;
extern const GuardedOperation k_guarded_asym_cipher;

} // namespace kif::provider
