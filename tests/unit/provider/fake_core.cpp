// SPDX-License-Identifier: Apache-2.0
#include "fake_core.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include <openssl/core_names.h>

#include "provider/core/dispatch.h"
#include "provider/core/params.h"

namespace kif::provider {
namespace {

FakeCore* g_fake = nullptr;

// Each block has its size in front, so that a free of another size is seen.
constexpr std::size_t k_front = alignof(std::max_align_t);

void* allocate(std::size_t size, std::size_t& in_use) {
  if (g_fake->out_of_memory)
    return nullptr;
  auto* block = static_cast<unsigned char*>(std::malloc(k_front + size));
  std::memcpy(block, &size, sizeof size);
  std::memset(block + k_front, 0x5a, size);
  in_use += size;
  return block + k_front;
}

void release(void* memory, std::size_t size, std::size_t& in_use) {
  if (memory == nullptr)
    return;
  auto* block = static_cast<unsigned char*>(memory) - k_front;
  std::size_t real_size = 0;
  std::memcpy(&real_size, block, sizeof real_size);
  g_fake->every_free_was_of_its_size = g_fake->every_free_was_of_its_size && real_size == size;
  in_use -= real_size;
  std::free(block);
}

template <int Variant> int core_get_params(const OSSL_CORE_HANDLE*, OSSL_PARAM params[]) {
  if (OSSL_PARAM* name = find_param(params, OSSL_PROV_PARAM_CORE_MODULE_FILENAME))
    set_text(*name, "/the/shim/itself.so");
  for (const auto& [key, value] : g_fake->section)
    if (OSSL_PARAM* param = find_param(params, key))
      set_text(*param, value.c_str());
  return 1;
}

OPENSSL_CORE_CTX* core_get_libctx(const OSSL_CORE_HANDLE*) {
  return nullptr;
}
void core_new_error(const OSSL_CORE_HANDLE*) {
  g_fake->errors.emplace_back();
}
void core_set_error_debug(const OSSL_CORE_HANDLE*, const char*, int, const char*) {}
void core_vset_error(const OSSL_CORE_HANDLE* handle, std::uint32_t reason, const char* format, va_list arguments) {
  std::array<char, 1024> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  g_fake->errors.back() = {reason, text.data(), handle};
}
void* plain_malloc(std::size_t size, const char*, int) {
  return allocate(size, g_fake->memory_in_use);
}
void plain_clear_free(void* memory, std::size_t size, const char*, int) {
  release(memory, size, g_fake->memory_in_use);
}
void* secure_malloc(std::size_t size, const char*, int) {
  return allocate(size, g_fake->secure_memory_in_use);
}
void secure_clear_free(void* memory, std::size_t size, const char*, int) {
  release(memory, size, g_fake->secure_memory_in_use);
}
// libcrypto's own way to the kernel: nobody may ever be given it.
std::size_t kernel_entropy(const OSSL_CORE_HANDLE*, unsigned char**, int, std::size_t, std::size_t) {
  std::abort();
}

template <int Variant> const OSSL_DISPATCH* table() {
  static const std::array<OSSL_DISPATCH, 11> entries = {
      dispatch_entry(OSSL_FUNC_CORE_GET_PARAMS, core_get_params<Variant>),
      dispatch_entry(OSSL_FUNC_CORE_GET_LIBCTX, core_get_libctx),
      dispatch_entry(OSSL_FUNC_CORE_NEW_ERROR, core_new_error),
      dispatch_entry(OSSL_FUNC_CORE_SET_ERROR_DEBUG, core_set_error_debug),
      dispatch_entry(OSSL_FUNC_CORE_VSET_ERROR, core_vset_error),
      dispatch_entry(OSSL_FUNC_GET_ENTROPY, kernel_entropy),
      dispatch_entry(OSSL_FUNC_CRYPTO_MALLOC, plain_malloc),
      dispatch_entry(OSSL_FUNC_CRYPTO_CLEAR_FREE, plain_clear_free),
      dispatch_entry(OSSL_FUNC_CRYPTO_SECURE_MALLOC, secure_malloc),
      dispatch_entry(OSSL_FUNC_CRYPTO_SECURE_CLEAR_FREE, secure_clear_free),
      OSSL_DISPATCH{}};
  return entries.data();
}

} // namespace

FakeCore::FakeCore() {
  g_fake = this;
}
FakeCore::~FakeCore() {
  g_fake = nullptr;
}

const OSSL_DISPATCH* FakeCore::dispatch(int variant) const {
  return variant == 0 ? table<0>() : table<1>();
}

} // namespace kif::provider
