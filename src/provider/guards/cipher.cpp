// SPDX-License-Identifier: Apache-2.0
// Guards of ciphers: 3DES decrypts only (SP 800-131A revision 2, §2).
#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_guards = k_slots * 4;
constinit std::array<Guard, k_guards> g_guards;

Features features_of(std::string_view algorithm_names) noexcept {
  // Modules have ECB and CBC. By the start of the name, so that another mode would not slip past.
  const bool is_triple_des = any_part(algorithm_names, ':', [](std::string_view name) {
    return same_name(name.substr(0, 8), "DES-EDE3") || same_name(name.substr(0, 4), "DES3");
  });
  return is_triple_des ? Features(Feature::triple_des_encryption) : Features();
}

template <std::size_t Number> struct Functions {
  static int encrypt_init(void*, const unsigned char*, std::size_t, const unsigned char*, std::size_t,
                          const OSSL_PARAM*) noexcept {
    return g_guards[Number].refuse(Feature::triple_des_encryption) ? 1 : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    if (entry.function_id == OSSL_FUNC_CIPHER_ENCRYPT_INIT)
      g_guards[Number].replace(entry, 0, encrypt_init);
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_cipher = {OSSL_OP_CIPHER, features_of, g_guards, k_binds};

} // namespace kif::provider
