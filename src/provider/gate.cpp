// SPDX-License-Identifier: Apache-2.0
// kif-fips.so, the file that libcrypto loads: it looks whether this process can hold the provider, and then hands over
// to kif-provider.so beside it.
//
// A program with glibc and OpenSSL both linked statically has a dlopen() that maps a second glibc for whatever needs
// one. The two share a thread and know nothing of each other: pthread_create of the second dies, and where the versions
// differ the loading does. So this file needs no library, asks for nothing that must be there, and is loaded anywhere.
// Whether the process has a loader of its own is told by the names below: weak, they are found in the glibc of a
// dynamically linked process, and nowhere in a static one. AT_BASE of the auxiliary vector would not tell: it is 0 also
// where the loader was started as a command.
#include <array>

#include <dlfcn.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <stdlib.h>

#pragma weak dlopen
#pragma weak dlsym
#pragma weak dlerror
#pragma weak dladdr
#pragma weak realpath

namespace {

constexpr const char* k_file = "kif-fips.so"; // not __FILE__: the path of a source says where kif was built
constexpr const char* k_provider = "kif-provider.so";
constexpr std::size_t k_path_bytes = 4096; // PATH_MAX, which realpath() takes for granted
constexpr const char* k_static =
    "kif: cannot load the FIPS module into a statically linked program: it has no loader for shared libraries. Link it "
    "with the image's libcrypto, or give it an OpenSSL configuration of its own (OPENSSL_CONF)";
constexpr const char* k_role_key = "kif-role"; // as in provider/config.h

/// What is called of the libcrypto that loads us.
struct Core {
  OSSL_FUNC_core_get_params_fn* get_params = nullptr;
  OSSL_FUNC_core_new_error_fn* new_error = nullptr;
  OSSL_FUNC_core_set_error_debug_fn* set_error_debug = nullptr;
  OSSL_FUNC_core_vset_error_fn* vset_error = nullptr;
};

Core core_from(const OSSL_DISPATCH* in) noexcept {
  Core core;
  for (; in != nullptr && in->function_id != 0; ++in) {
    if (in->function_id == OSSL_FUNC_CORE_GET_PARAMS)
      core.get_params = reinterpret_cast<OSSL_FUNC_core_get_params_fn*>(in->function);
    else if (in->function_id == OSSL_FUNC_CORE_NEW_ERROR)
      core.new_error = reinterpret_cast<OSSL_FUNC_core_new_error_fn*>(in->function);
    else if (in->function_id == OSSL_FUNC_CORE_SET_ERROR_DEBUG)
      core.set_error_debug = reinterpret_cast<OSSL_FUNC_core_set_error_debug_fn*>(in->function);
    else if (in->function_id == OSSL_FUNC_CORE_VSET_ERROR)
      core.vset_error = reinterpret_cast<OSSL_FUNC_core_vset_error_fn*>(in->function);
  }
  return core;
}

// Of the library PROV: a reason of our own would need a table that is registered before. vset_error takes a va_list,
// which only a variadic function can make.
void raise(const Core& core, int line, const char* format, ...) noexcept {
  if (core.new_error == nullptr || core.set_error_debug == nullptr || core.vset_error == nullptr)
    return;
  core.new_error(nullptr);
  core.set_error_debug(nullptr, k_file, line, "OSSL_provider_init");
  va_list arguments;
  va_start(arguments, format);
  core.vset_error(nullptr, ERR_PACK(ERR_LIB_PROV, 0, ERR_R_INIT_FAIL), format, arguments);
  va_end(arguments);
}

/// A section with a role of its own (kif-role), as the seed source's. The module's has none.
bool has_role(const Core& core, const OSSL_CORE_HANDLE* handle) noexcept {
  const char* role = nullptr;
  std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM{k_role_key, OSSL_PARAM_UTF8_PTR, static_cast<void*>(&role), 0, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM{}};
  if (core.get_params == nullptr || core.get_params(handle, params.data()) != 1 || role == nullptr)
    return false;
  constexpr const char* k_module = "module";
  const char* expected = k_module;
  for (; *expected != '\0' && *role == *expected; ++role)
    ++expected;
  return *role != *expected;
}

// The core that a provider in a static program was loaded by. There is one: two libcryptos cannot be linked into a
// program, and none can be loaded into it.
constinit Core g_core;

// Provides nothing, and puts the reason into the queue each time that libcrypto asks: so whoever fetches finds it
// there.
const OSSL_ALGORITHM* query_operation(void*, int, int* no_cache) noexcept {
  raise(g_core, __LINE__, k_static);
  *no_cache = 1;
  return nullptr;
}

// libcrypto passes over a provider of its configuration that does not load, and drops the error. So the module fails to
// load, which is true, and the seed source loads and tells why, as it does in kif-provider.so for a module that is
// missing.
int refuse(const Core& core, const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH** out, void** provctx) noexcept {
  raise(core, __LINE__, k_static);
  if (!has_role(core, handle))
    return 0;
  static const OSSL_DISPATCH table[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query_operation)}, {0, nullptr}};
  g_core = core;
  *out = table;
  *provctx = &g_core;
  return 1;
}

/// The path of kif-provider.so beside this file, symbolic links resolved; false where it cannot be found.
bool find_provider(char (&path)[k_path_bytes]) noexcept {
  Dl_info info{};
  if (dladdr(static_cast<const void*>(&k_role_key), &info) == 0 || info.dli_fname == nullptr ||
      realpath(info.dli_fname, path) == nullptr)
    return false;
  std::size_t end = 0;
  for (std::size_t i = 0; path[i] != '\0'; ++i)
    if (path[i] == '/')
      end = i + 1;
  const char* name = k_provider;
  for (; end + 1 < k_path_bytes && *name != '\0'; ++name)
    path[end++] = *name;
  path[end] = '\0';
  return *name == '\0';
}

} // namespace

extern "C" __attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE* handle,
                                                                         const OSSL_DISPATCH* in,
                                                                         const OSSL_DISPATCH** out,
                                                                         void** provctx) noexcept {
  const Core core = core_from(in);
  if (dlopen == nullptr || dlsym == nullptr || dlerror == nullptr || dladdr == nullptr || realpath == nullptr)
    return refuse(core, handle, out, provctx);
  char path[k_path_bytes];
  if (!find_provider(path)) {
    raise(core, __LINE__, "kif: cannot find %s: the file beside it is not known", k_provider);
    return 0;
  }
  void* provider = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void* init = provider == nullptr ? nullptr : dlsym(provider, "OSSL_provider_init");
  if (init == nullptr) {
    const char* reason = dlerror();
    raise(core, __LINE__, "kif: cannot load %s: %s", path, reason != nullptr ? reason : "unknown reason");
    return 0;
  }
  return reinterpret_cast<OSSL_provider_init_fn*>(init)(handle, in, out, provctx);
}
