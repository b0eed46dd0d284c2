// SPDX-License-Identifier: Apache-2.0
// A provider that loads and offers nothing. Programs load "legacy" and "default" by name and take failure for fatal;
// what they get by kif is this one, under a name of its own where libcrypto has the real one built in.
// docs/design/0017-providers-by-name.md.
#pragma once

#include <string_view>

#include <openssl/core.h>

namespace kif::contexts {

/// What it says of itself as OSSL_PROV_PARAM_NAME.
inline constexpr const char* k_empty_provider_title = "kif: no algorithms";

/// Names under which libkif-random.so loads it when a program asks for the provider beside it.
struct StandIn {
  const char* asked_for;
  const char* name;
};
inline constexpr StandIn k_stand_ins[] = {{"default", "kif-default"}, {"legacy", "kif-legacy"}};

/// The stand-in of the provider that a program asks for by `name`; null: it is loaded as it is.
constexpr const char* stand_in_of(std::string_view name) noexcept {
  for (const StandIn& stand_in : k_stand_ins)
    if (name == stand_in.asked_for)
      return stand_in.name;
  return nullptr;
}

/// OSSL_provider_init of the empty provider. It keeps nothing, calls nothing of libcrypto and cannot fail.
int load_empty_provider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in, const OSSL_DISPATCH** out,
                        void** context) noexcept;

} // namespace kif::contexts
