// SPDX-License-Identifier: Apache-2.0
#include "contexts/empty_provider.h"

#include <cstring>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

namespace kif::contexts {
namespace {

void teardown(void*) noexcept {}

const OSSL_PARAM* gettable_params(void*) noexcept {
  static const OSSL_PARAM types[] = {{OSSL_PROV_PARAM_NAME, OSSL_PARAM_UTF8_PTR, nullptr, 0, 0},
                                     {OSSL_PROV_PARAM_VERSION, OSSL_PARAM_UTF8_PTR, nullptr, 0, 0},
                                     {OSSL_PROV_PARAM_BUILDINFO, OSSL_PARAM_UTF8_PTR, nullptr, 0, 0},
                                     {OSSL_PROV_PARAM_STATUS, OSSL_PARAM_INTEGER, nullptr, sizeof(int), 0},
                                     OSSL_PARAM_END};
  return types;
}

const char* text_of(const char* key) noexcept {
  if (std::strcmp(key, OSSL_PROV_PARAM_NAME) == 0)
    return k_empty_provider_title;
  if (std::strcmp(key, OSSL_PROV_PARAM_VERSION) == 0 || std::strcmp(key, OSSL_PROV_PARAM_BUILDINFO) == 0)
    return KIF_VERSION;
  return nullptr;
}

int get_params(void*, OSSL_PARAM params[]) noexcept {
  for (OSSL_PARAM* param = params; param != nullptr && param->key != nullptr; ++param) {
    if (const char* text = text_of(param->key); text != nullptr) {
      if (param->data_type != OSSL_PARAM_UTF8_PTR)
        return 0;
      param->return_size = std::strlen(text);
      if (param->data != nullptr)
        *static_cast<const char**>(param->data) = text;
    } else if (std::strcmp(param->key, OSSL_PROV_PARAM_STATUS) == 0) {
      if (param->data_type != OSSL_PARAM_INTEGER || (param->data != nullptr && param->data_size != sizeof(int)))
        return 0;
      param->return_size = sizeof(int);
      if (param->data != nullptr)
        *static_cast<int*>(param->data) = 1;
    }
  }
  return 1;
}

const OSSL_ALGORITHM* query_operation(void*, int, int* no_cache) noexcept {
  *no_cache = 0;
  return nullptr;
}

// Compilers write it into the file as it is: no static constructor comes of it.
const OSSL_DISPATCH k_functions[] = {
    {OSSL_FUNC_PROVIDER_TEARDOWN, reinterpret_cast<void (*)()>(teardown)},
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, reinterpret_cast<void (*)()>(gettable_params)},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, reinterpret_cast<void (*)()>(get_params)},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query_operation)},
    {0, nullptr}};

} // namespace

int load_empty_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                        void** context) noexcept {
  static char kept_nothing = 0; // a context that is null would be taken for none
  *context = &kept_nothing;
  *out = k_functions;
  return 1;
}

} // namespace kif::contexts
