// SPDX-License-Identifier: Apache-2.0
// A libcrypto as a provider sees it: a dispatch table whose functions record what is done with them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <openssl/core_dispatch.h>

#include "provider/core/core.h"

namespace kif::provider {

struct FakeError {
  std::uint32_t reason = 0;
  std::string text;
  const void* handle = nullptr;
};

/// State of the one fake libcrypto of a test; the constructor starts it anew.
struct FakeCore {
  FakeCore();
  ~FakeCore();
  FakeCore(const FakeCore&) = delete;
  FakeCore& operator=(const FakeCore&) = delete;

  /// Its dispatch table, ended by 0. `variant` 0 and 1 have different core_get_params: two libcryptos.
  const OSSL_DISPATCH* dispatch(int variant = 0) const;
  Core core(int variant = 0) const { return Core::from(dispatch(variant)); }
  const OSSL_CORE_HANDLE* handle() const { return reinterpret_cast<const OSSL_CORE_HANDLE*>(this); }

  std::map<std::string, std::string> section; ///< the provider's section of openssl.cnf
  std::vector<FakeError> errors;              ///< oldest first
  std::size_t memory_in_use = 0;              ///< bytes, ordinary heap
  std::size_t secure_memory_in_use = 0;
  bool every_free_was_of_its_size = true;
  bool out_of_memory = false;
};

} // namespace kif::provider
