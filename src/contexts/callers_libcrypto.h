// SPDX-License-Identifier: Apache-2.0
// The libcrypto that a caller would have reached were this library not in its process. The loader's own order is
// followed: first what the program was started with, then what the caller's library was loaded with.
#pragma once

#include <cstdint>

#include <openssl/crypto.h>

namespace kif::contexts {

/// Looked up anew for each call: libraries come and go, and these calls are rare. One lives as long as the call.
class CallersLibcrypto {
public:
  /// `caller`: an address in the code that called, as __builtin_return_address(0) gives it.
  explicit CallersLibcrypto(const void* caller) noexcept;
  ~CallersLibcrypto();
  CallersLibcrypto(const CallersLibcrypto&) = delete;
  CallersLibcrypto& operator=(const CallersLibcrypto&) = delete;

  /// Its function of that name, past the one of this library; null where there is none.
  template <class Function> Function find(const char* name) const noexcept {
    return reinterpret_cast<Function>(address_of(name));
  }

  /// It is libcrypto that called, on its way through another of its functions: Debian's is linked without -Bsymbolic.
  bool is_the_caller() const noexcept { return m_is_the_caller; }

private:
  void* address_of(const char* name) const noexcept;

  CallersLibcrypto* m_outer;
  void* m_handle = nullptr; ///< for dlsym
  void* m_opened = nullptr; ///< to be closed
  bool m_is_the_caller = false;
};

using InitCrypto = int (*)(std::uint64_t, const OPENSSL_INIT_SETTINGS*);

/// OPENSSL_init_crypto for a caller that was seen before; a comparison or two, since libcrypto calls it at every turn
/// (each look at its error queue).
struct KnownInit {
  InitCrypto init = nullptr; ///< null: not seen before
  bool is_libcrypto = false; ///< the caller is libcrypto itself
};
KnownInit known_init(const void* caller) noexcept;

/// Lets known_init() know the libcrypto that `init` is of and, if it stays in the process for good, what called.
void remember_init(InitCrypto init, const void* caller) noexcept;

/// Whether the address is in this library itself.
bool is_of_this_library(const void* address) noexcept;

} // namespace kif::contexts
