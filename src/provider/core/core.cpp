// SPDX-License-Identifier: Apache-2.0
#include "provider/core/core.h"

#include <cstdarg>

#include <openssl/err.h>
#include <openssl/randerr.h>

#include "provider/core/dispatch.h"

namespace kif::provider {
namespace {

// vset_error takes a va_list, which only a variadic function can make.
void set_error(const Core& core, const OSSL_CORE_HANDLE* handle, std::uint32_t reason, const char* format,
               ...) noexcept {
  va_list arguments;
  va_start(arguments, format);
  core.vset_error(handle, reason, format, arguments);
  va_end(arguments);
}

template <class Function> void take(Function*& target, const OSSL_DISPATCH& entry) noexcept {
  target = function_of<Function>(entry);
}

} // namespace

Core Core::from(const OSSL_DISPATCH* in) noexcept {
  Core core;
  for (; in != nullptr && in->function_id != 0; ++in) {
    switch (in->function_id) {
    case OSSL_FUNC_CORE_GET_PARAMS:
      take(core.get_params, *in);
      break;
    case OSSL_FUNC_CORE_GET_LIBCTX:
      take(core.get_libctx, *in);
      break;
    case OSSL_FUNC_CORE_NEW_ERROR:
      take(core.new_error, *in);
      break;
    case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
      take(core.set_error_debug, *in);
      break;
    case OSSL_FUNC_CORE_VSET_ERROR:
      take(core.vset_error, *in);
      break;
    case OSSL_FUNC_CRYPTO_MALLOC:
      take(core.malloc, *in);
      break;
    case OSSL_FUNC_CRYPTO_CLEAR_FREE:
      take(core.clear_free, *in);
      break;
    case OSSL_FUNC_CRYPTO_SECURE_MALLOC:
      take(core.secure_malloc, *in);
      break;
    case OSSL_FUNC_CRYPTO_SECURE_CLEAR_FREE:
      take(core.secure_clear_free, *in);
      break;
    default:
      break;
    }
  }
  return core;
}

bool Core::is_complete() const noexcept {
  return get_params != nullptr && get_libctx != nullptr && new_error != nullptr && set_error_debug != nullptr &&
         vset_error != nullptr && malloc != nullptr && clear_free != nullptr && secure_malloc != nullptr &&
         secure_clear_free != nullptr;
}

void Core::raise(const OSSL_CORE_HANDLE* handle, std::uint32_t reason, std::string_view text,
                 Where where) const noexcept {
  if (new_error == nullptr || set_error_debug == nullptr || vset_error == nullptr)
    return;
  new_error(handle);
  // Not __FILE__: the path of a source file says where kif was built.
  set_error_debug(handle, "kif-fips.so", where.line, where.function);
  set_error(*this, handle, reason, "%.*s", static_cast<int>(text.size()), text.data());
}

void Core::raise_load_failure(const Error& error, Where where) const noexcept {
  // Our own reason strings are not registered before the provider is loaded: a reason that libcrypto knows, and text.
  try {
    raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, ERR_R_INIT_FAIL), "kif: " + one_line(error), where);
  } catch (...) {
    raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, ERR_R_MALLOC_FAILURE), "kif", where);
  }
}

void Core::raise_seed_failure(entropy::SourceError error, Where where) const noexcept {
  raise(nullptr, ERR_PACK(ERR_LIB_RAND, 0, RAND_R_ERROR_RETRIEVING_ENTROPY), entropy::describe(error), where);
}

std::string one_line(const Error& error) {
  std::string text = error.message;
  for (const auto& [label, value] :
       {std::pair{"expected", &error.expected}, std::pair{"got", &error.got}, std::pair{"hint", &error.hint}})
    if (!value->empty())
      text += std::string("; ") + label + ": " + *value;
  return text;
}

} // namespace kif::provider
