// SPDX-License-Identifier: Apache-2.0
// Guards of DSA signatures: they are verified only (FIPS 186-5, appendix E).
#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"

namespace kif::provider {
namespace {

// DSA by itself, and in 3.4 and newer with each of nine digests: DSA-SHA1, …
constexpr std::size_t k_guards = k_slots * 12;
constinit std::array<Guard, k_guards> g_guards;

Features features_of(std::string_view algorithm_names) noexcept {
  const bool is_dsa = has_name(algorithm_names, "DSA") || same_name(algorithm_names.substr(0, 4), "DSA-");
  return is_dsa ? Features(Feature::dsa_signatures) : Features();
}

template <std::size_t Number> struct Functions {
  static int sign_init(void*, void*, const OSSL_PARAM*) noexcept {
    return g_guards[Number].refuse(Feature::dsa_signatures) ? 1 : 0;
  }
  static int digest_sign_init(void*, const char*, void*, const OSSL_PARAM*) noexcept {
    return g_guards[Number].refuse(Feature::dsa_signatures) ? 1 : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    switch (entry.function_id) {
    case OSSL_FUNC_SIGNATURE_SIGN_INIT:
    case k_signature_sign_message_init:
      entry = dispatch_entry(entry.function_id, sign_init);
      return;
    case OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT:
      entry = dispatch_entry(entry.function_id, digest_sign_init);
      return;
    default:
      return;
    }
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_dsa_signature = {OSSL_OP_SIGNATURE, features_of, g_guards, k_binds};

} // namespace kif::provider
