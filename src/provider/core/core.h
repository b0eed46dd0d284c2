// SPDX-License-Identifier: Apache-2.0
// The libcrypto that loaded the provider, as far as kif-fips.so calls it: a handful of functions from its dispatch
// table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <openssl/core_dispatch.h>

#include "base/result.h"
#include "entropy/source_error.h"

namespace kif::provider {

/// Where an error was raised: the caller, as a default argument. (std::source_location names a function with all its
/// types.)
struct Where {
  int line = 0;
  const char* function = "";
};

/// Functions of one libcrypto. They stay valid as long as it is loaded, and OpenSSL never unloads itself.
struct Core {
  OSSL_FUNC_core_get_params_fn* get_params = nullptr;
  OSSL_FUNC_core_get_libctx_fn* get_libctx = nullptr;
  OSSL_FUNC_core_new_error_fn* new_error = nullptr;
  OSSL_FUNC_core_set_error_debug_fn* set_error_debug = nullptr;
  OSSL_FUNC_core_vset_error_fn* vset_error = nullptr;
  OSSL_FUNC_CRYPTO_malloc_fn* malloc = nullptr;
  OSSL_FUNC_CRYPTO_clear_free_fn* clear_free = nullptr;
  OSSL_FUNC_CRYPTO_secure_malloc_fn* secure_malloc = nullptr;
  OSSL_FUNC_CRYPTO_secure_clear_free_fn* secure_clear_free = nullptr;

  static Core from(const OSSL_DISPATCH* in) noexcept;

  /// All of them are there; every libcrypto since 3.0 has them.
  bool is_complete() const noexcept;

  /// Puts an error into this thread's queue. `reason` with a library number packed in (ERR_PACK) is that library's, and
  /// the handle is not looked at; without one it is the provider's own, and the handle must be the provider's.
  void raise(const OSSL_CORE_HANDLE* handle, std::uint32_t reason, std::string_view text,
             Where where = {__builtin_LINE(), __builtin_FUNCTION()}) const noexcept;

  /// The provider cannot be loaded: "init fail" with the error's message, expected, got and hint.
  void raise_load_failure(const Error& error, Where where = {__builtin_LINE(), __builtin_FUNCTION()}) const noexcept;

  /// No seed: "error retrieving entropy" of the library RAND, with the health test that failed. Needs no handle:
  /// modules up to 3.1.3 pass a pointer of their own in its place.
  void raise_seed_failure(entropy::SourceError error,
                          Where where = {__builtin_LINE(), __builtin_FUNCTION()}) const noexcept;
};

/// The error in one line: message, expected, got and hint.
std::string one_line(const Error& error);

} // namespace kif::provider
