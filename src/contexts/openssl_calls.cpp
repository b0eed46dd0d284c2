// SPDX-License-Identifier: Apache-2.0
// OpenSSL's functions by which a program leaves the configuration: a library context of its own,
// OPENSSL_INIT_NO_LOAD_CONFIG, providers by name. Each takes the place of libcrypto's by its name alone, and calls
// libcrypto's. docs/design/0017-providers-by-name.md.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "contexts/callers_libcrypto.h"
#include "contexts/empty_provider.h"
#include "contexts/layer.h"

#define KIF_EXPORT(name) __asm__(name) __attribute__((visibility("default")))
#define KIF_CALLER CallersLibcrypto libcrypto(__builtin_return_address(0))

namespace kif::contexts {
namespace {

/// The image may leave these calls alone. Not for whoever calls a setuid program to say.
bool are_untouched() noexcept {
  const char* const value = ::secure_getenv("KIF_OPENSSL_CALLS");
  return value != nullptr && std::strcmp(value, "untouched") == 0;
}

void raise(const CallersLibcrypto& libcrypto, const char* text) noexcept {
  const auto begin = libcrypto.find<decltype(&::ERR_new)>("ERR_new");
  const auto place = libcrypto.find<decltype(&::ERR_set_debug)>("ERR_set_debug");
  const auto set = libcrypto.find<decltype(&::ERR_set_error)>("ERR_set_error");
  if (begin == nullptr || place == nullptr || set == nullptr)
    return;
  begin();
  place("libkif-random.so", __LINE__, "kif");
  set(ERR_LIB_CRYPTO, ERR_R_INIT_FAIL, "%s", text);
}

/// The module is there and nothing but fips=yes is fetched. Loading a configuration does not tell: libcrypto 3.0 goes
/// on when a provider of it does not load.
bool has_layer(const CallersLibcrypto& libcrypto, OSSL_LIB_CTX* context) noexcept {
  const auto available = libcrypto.find<decltype(&::OSSL_PROVIDER_available)>("OSSL_PROVIDER_available");
  const auto is_fips =
      libcrypto.find<decltype(&::EVP_default_properties_is_fips_enabled)>("EVP_default_properties_is_fips_enabled");
  // In this order: in a context without any provider OSSL_PROVIDER_available activates the default one.
  return available != nullptr && is_fips != nullptr && is_fips(context) == 1 && available(context, "fips") == 1;
}

bool give_layer(const CallersLibcrypto& libcrypto, OSSL_LIB_CTX* context) noexcept {
  const auto load = libcrypto.find<decltype(&::CONF_modules_load_file_ex)>("CONF_modules_load_file_ex");
  if (load != nullptr && load(context, k_layer_configuration, k_context_key, 0) > 0 && has_layer(libcrypto, context))
    return true;
  raise(libcrypto, "kif: the library context does not get the layer's configuration /etc/kif/openssl.cnf");
  return false;
}

/// The new context with the layer's configuration. Null, with the reason in the queue, where it does not load.
OSSL_LIB_CTX* with_layer(const CallersLibcrypto& libcrypto, OSSL_LIB_CTX* context) noexcept {
  // A context that libcrypto makes within another of its functions is that function's to set up.
  if (context == nullptr || are_untouched() || libcrypto.is_the_caller() || give_layer(libcrypto, context))
    return context;
  if (const auto free = libcrypto.find<decltype(&::OSSL_LIB_CTX_free)>("OSSL_LIB_CTX_free"))
    free(context);
  return nullptr;
}

/// Loads the configuration if nothing has yet. OSSL_PROVIDER_available as a process's first call does that too late: it
/// activates the default provider, and then the configuration beside it (3.0 to 3.4, crypto/provider_core.c).
void configure(const CallersLibcrypto& libcrypto) noexcept {
  if (const auto init = libcrypto.find<InitCrypto>("OPENSSL_init_crypto"); init != nullptr && !are_untouched())
    init(OPENSSL_INIT_LOAD_CONFIG, nullptr);
}

// Since 3.2: not in the headers that kif is compiled with.
using LoadEx = OSSL_PROVIDER* (*)(OSSL_LIB_CTX*, const char*, OSSL_PARAM*);
using TryLoadEx = OSSL_PROVIDER* (*)(OSSL_LIB_CTX*, const char*, OSSL_PARAM*, int);

/// Loads by libcrypto's function `name_of_load`, whose first two arguments are the context and the provider's name; the
/// stand-in where there is one.
template <class Load, class... More>
OSSL_PROVIDER* load(const CallersLibcrypto& libcrypto, const char* name_of_load, OSSL_LIB_CTX* context,
                    const char* name, More... more) noexcept {
  const auto real = libcrypto.find<Load>(name_of_load);
  if (real == nullptr)
    return nullptr;
  const bool is_passed_on = name == nullptr || libcrypto.is_the_caller() || are_untouched();
  const char* const stand_in = is_passed_on ? nullptr : stand_in_of(name);
  if (stand_in == nullptr)
    return real(context, name, more...);
  const auto add = libcrypto.find<decltype(&::OSSL_PROVIDER_add_builtin)>("OSSL_PROVIDER_add_builtin");
  const auto mark = libcrypto.find<decltype(&::ERR_set_mark)>("ERR_set_mark");
  const auto back_to_mark = libcrypto.find<decltype(&::ERR_pop_to_mark)>("ERR_pop_to_mark");
  if (add == nullptr || mark == nullptr || back_to_mark == nullptr)
    return nullptr;
  configure(libcrypto);
  // A context that knows it is not told again: each telling stays until the context is freed. (OSSL_PROVIDER_available
  // would not tell: see configure().)
  mark();
  OSSL_PROVIDER* const loaded = real(context, stand_in, more...);
  back_to_mark();
  if (loaded != nullptr || add(context, stand_in, load_empty_provider) != 1)
    return loaded;
  return real(context, stand_in, more...);
}

} // namespace
} // namespace kif::contexts

using namespace kif::contexts;

extern "C" {

OSSL_LIB_CTX* lib_ctx_new_of_kif() noexcept KIF_EXPORT("OSSL_LIB_CTX_new");
OSSL_LIB_CTX* lib_ctx_new_from_dispatch_of_kif(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in) noexcept
    KIF_EXPORT("OSSL_LIB_CTX_new_from_dispatch");
int init_crypto_of_kif(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings) noexcept
    KIF_EXPORT("OPENSSL_init_crypto");
OSSL_PROVIDER* provider_load_of_kif(OSSL_LIB_CTX* context, const char* name) noexcept KIF_EXPORT("OSSL_PROVIDER_load");
OSSL_PROVIDER* provider_try_load_of_kif(OSSL_LIB_CTX* context, const char* name, int retain_fallbacks) noexcept
    KIF_EXPORT("OSSL_PROVIDER_try_load");
OSSL_PROVIDER* provider_load_ex_of_kif(OSSL_LIB_CTX* context, const char* name, OSSL_PARAM* params) noexcept
    KIF_EXPORT("OSSL_PROVIDER_load_ex");
OSSL_PROVIDER* provider_try_load_ex_of_kif(OSSL_LIB_CTX* context, const char* name, OSSL_PARAM* params,
                                           int retain_fallbacks) noexcept KIF_EXPORT("OSSL_PROVIDER_try_load_ex");
int provider_available_of_kif(OSSL_LIB_CTX* context, const char* name) noexcept KIF_EXPORT("OSSL_PROVIDER_available");

OSSL_LIB_CTX* lib_ctx_new_of_kif() noexcept {
  const KIF_CALLER;
  const auto real = libcrypto.find<decltype(&::OSSL_LIB_CTX_new)>("OSSL_LIB_CTX_new");
  return real != nullptr ? with_layer(libcrypto, real()) : nullptr;
}

OSSL_LIB_CTX* lib_ctx_new_from_dispatch_of_kif(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in) noexcept {
  const KIF_CALLER;
  const auto real = libcrypto.find<decltype(&::OSSL_LIB_CTX_new_from_dispatch)>("OSSL_LIB_CTX_new_from_dispatch");
  return real != nullptr ? with_layer(libcrypto, real(handle, in)) : nullptr;
}

int init_crypto_of_kif(std::uint64_t options, const OPENSSL_INIT_SETTINGS* settings) noexcept {
  constexpr std::uint64_t about_configuration = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CONFIG;
  const bool says_no = (options & OPENSSL_INIT_NO_LOAD_CONFIG) != 0;
  const bool has_settings = settings != nullptr && (options & about_configuration) != 0;
  const KnownInit known = known_init(__builtin_return_address(0));
  if (known.init != nullptr && (known.is_libcrypto || (!says_no && !has_settings)))
    return known.init(options, settings);
  const KIF_CALLER;
  const auto real = libcrypto.find<InitCrypto>("OPENSSL_init_crypto");
  if (real == nullptr)
    return 0;
  remember_init(real, __builtin_return_address(0));
  // OpenSSL 1.1 has the function too, and nothing of the layer.
  if ((!says_no && !has_settings) || are_untouched() || libcrypto.is_the_caller() ||
      libcrypto.find<decltype(&::OSSL_PROVIDER_load)>("OSSL_PROVIDER_load") == nullptr)
    return real(options, settings);
  if (says_no)
    options = (options & ~std::uint64_t{OPENSSL_INIT_NO_LOAD_CONFIG}) | OPENSSL_INIT_LOAD_CONFIG;
  const int result = real(options, settings);
  // Settings may name another file, or another section. What they name stays, and the layer comes on top.
  return result == 1 && has_settings && !has_layer(libcrypto, nullptr) && !give_layer(libcrypto, nullptr) ? 0 : result;
}

OSSL_PROVIDER* provider_load_of_kif(OSSL_LIB_CTX* context, const char* name) noexcept {
  const KIF_CALLER;
  return load<decltype(&::OSSL_PROVIDER_load)>(libcrypto, "OSSL_PROVIDER_load", context, name);
}

OSSL_PROVIDER* provider_try_load_of_kif(OSSL_LIB_CTX* context, const char* name, int retain_fallbacks) noexcept {
  const KIF_CALLER;
  return load<decltype(&::OSSL_PROVIDER_try_load)>(libcrypto, "OSSL_PROVIDER_try_load", context, name,
                                                   retain_fallbacks);
}

OSSL_PROVIDER* provider_load_ex_of_kif(OSSL_LIB_CTX* context, const char* name, OSSL_PARAM* params) noexcept {
  const KIF_CALLER;
  return load<LoadEx>(libcrypto, "OSSL_PROVIDER_load_ex", context, name, params);
}

OSSL_PROVIDER* provider_try_load_ex_of_kif(OSSL_LIB_CTX* context, const char* name, OSSL_PARAM* params,
                                           int retain_fallbacks) noexcept {
  const KIF_CALLER;
  return load<TryLoadEx>(libcrypto, "OSSL_PROVIDER_try_load_ex", context, name, params, retain_fallbacks);
}

int provider_available_of_kif(OSSL_LIB_CTX* context, const char* name) noexcept {
  const KIF_CALLER;
  const auto real = libcrypto.find<decltype(&::OSSL_PROVIDER_available)>("OSSL_PROVIDER_available");
  if (real == nullptr)
    return 0;
  if (!libcrypto.is_the_caller())
    configure(libcrypto);
  const char* const stand_in = name != nullptr && !libcrypto.is_the_caller() ? stand_in_of(name) : nullptr;
  return real(context, name) == 1 || (stand_in != nullptr && real(context, stand_in) == 1) ? 1 : 0;
}

} // extern "C"
