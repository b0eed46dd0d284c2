// SPDX-License-Identifier: Apache-2.0
#include "provider/slot.h"

#include <algorithm>

#include <dlfcn.h>
#include <link.h>
#include <openssl/core_names.h>

#include "provider/core/dispatch.h"
#include "provider/core/params.h"
#include "provider/guards/guards.h"

namespace kif::provider {
namespace {

constinit std::array<Slot, k_slots> g_slots;

template <std::size_t N> Result<void> set_path(std::array<char, N>& target, std::string_view path) {
  if (path.size() >= N)
    return fail(ErrorCode::too_large, "cannot use the FIPS module " + std::string(path) + ": path too long");
  std::copy(path.begin(), path.end(), target.begin());
  target[path.size()] = '\0';
  return {};
}

Error differs(std::string_view key, std::string_view there, std::string_view here) {
  return Error(ErrorCode::conflict, "cannot use " + std::string(key) +
                                        " of openssl.cnf: this libcrypto has the module loaded with another value")
      .with_mismatch("\"" + std::string(there) + "\"", "\"" + std::string(here) + "\"");
}

/// Tells libkif-random.so, where the process has it, where the module's code lies: a module that asks for its process
/// number gets one that tells every fork (random/process_number.cpp).
void mark_code_of(OSSL_provider_init_fn* init) noexcept {
  using Mark = void (*)(const void* begin, const void* end);
  const auto mark = reinterpret_cast<Mark>(::dlsym(RTLD_DEFAULT, "kif_mark_module"));
  if (mark == nullptr)
    return;
  struct Search {
    std::uintptr_t address;
    Mark mark;
  } search{reinterpret_cast<std::uintptr_t>(init), mark};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* given) {
        const auto& wanted = *static_cast<const Search*>(given);
        for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr;
          if (part.p_type != PT_LOAD || wanted.address < begin || wanted.address - begin >= part.p_memsz)
            continue;
          wanted.mark(reinterpret_cast<const void*>(begin), reinterpret_cast<const void*>(begin + part.p_memsz));
          return 1;
        }
        return 0;
      },
      &search);
}

/// A module that was loaded but cannot be used is left as libcrypto would leave it.
void tear_down(const OSSL_DISPATCH* out, void* context) noexcept {
  for (; out->function_id != 0; ++out)
    if (out->function_id == OSSL_FUNC_PROVIDER_TEARDOWN)
      function_of<OSSL_FUNC_provider_teardown_fn> (*out)(context);
}

} // namespace

Slot& Slot::at(std::size_t index) noexcept {
  return g_slots[index];
}

std::size_t Slot::index() const noexcept {
  return static_cast<std::size_t>(this - g_slots.data());
}

Result<Slot*> Slot::acquire(const Core& core, std::string_view module, std::string_view hidden, Features refused,
                            entropy::SeedSource& source, const LoadLock&) {
  for (Slot& slot : g_slots) {
    if (slot.m_source == nullptr) {
      KIF_CHECK(set_path(slot.m_module, module));
      KIF_CHECK(slot.m_tables.set_names(hidden));
      slot.m_refused = refused;
      slot.m_core = core;
      slot.m_source = &source;
      return &slot;
    }
    if (slot.m_core.get_params != core.get_params || slot.module() != module)
      continue;
    if (slot.m_tables.names() != hidden)
      return fail(differs("kif-hide", slot.m_tables.names(), hidden));
    if (slot.m_refused != refused)
      return fail(differs("kif-refuse", names_of(slot.m_refused), names_of(refused)));
    return &slot;
  }
  return fail(ErrorCode::conflict, "cannot load the FIPS module " + std::string(module) + ": all " +
                                       std::to_string(k_slots) + " places for libcryptos in this process are in use");
}

Result<bool> Slot::load(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in, const OSSL_DISPATCH** out,
                        void** context, const LoadLock&) {
  KIF_TRY(const UpcallTable table, UpcallTable::make(in, trampolines(index())));
  ModuleFile file; // lives until init is through: it holds the bytes that the module checks its HMAC over
  const bool is_first = m_init == nullptr;
  if (is_first) {
    auto mapped = map_module();
    if (!mapped) {
      m_source = nullptr; // the slot is free again
      return fail(std::move(mapped).error());
    }
    file = *std::move(mapped);
    m_init = file.init;
    mark_code_of(m_init);
    KIF_CHECK(set_path(m_loaded_from, file.loaded_from));
  }
  m_refused_upcalls = 0;
  const bool loaded = m_init(handle, table.data(), out, context) == 1;
  // A later self-test on demand reads the file on disk, as it does with OpenSSL alone. The module keeps our pointer,
  // and no other thread can read it yet: neither a descriptor nor a temporary file needs to stay for it.
  if (is_first)
    KIF_CHECK(set_path(m_loaded_from, module()));
  if (!loaded)
    return false;
  // A module of 3.1 seeds itself while it runs its known-answer tests. Where that fails it loads all the same, keeps
  // the tests' own DRBG, whose seed is a constant, in the place of the one that it could not make, and makes the same
  // keys in every process (self_test_kats.c: reset_main_drbg() puts nothing back where there was nothing).
  if (m_refused_upcalls != 0) {
    tear_down(*out, *context);
    return false;
  }
  if (auto wrapped = wrap_query(out, *context); !wrapped) {
    tear_down(*out, *context);
    return fail(std::move(wrapped).error());
  }
  return true;
}

Result<ModuleFile> Slot::map_module() {
  const std::string path(module());
  auto file = ModuleFile::load(path);
  if (!file && file.error().code == ErrorCode::conflict)
    return ModuleFile::load_copy(path, index());
  return file;
}

Result<void> Slot::wrap_query(const OSSL_DISPATCH** out, void* context) {
  if (m_tables.hides_nothing() && m_refused.empty())
    return {}; // libcrypto gets the module's own table
  if (m_module_out == nullptr) {
    ShownTables tables = m_tables;
    Guards guards(index(), m_refused, m_core);
    std::size_t size = 0;
    for (const OSSL_DISPATCH* entry = *out; entry->function_id != 0; ++entry) {
      if (entry->function_id == OSSL_FUNC_PROVIDER_UNQUERY_OPERATION)
        continue; // it would be called with tables that are not the module's
      if (size + 1 == m_out.size())
        return fail(ErrorCode::too_large,
                    "cannot hide or guard algorithms of the FIPS module: its dispatch table is too long");
      m_out[size] = *entry;
      if (entry->function_id == OSSL_FUNC_PROVIDER_QUERY_OPERATION) {
        m_query = function_of<OSSL_FUNC_provider_query_operation_fn>(*entry);
        m_out[size] = dispatch_entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, trampolines(index()).query_operation);
      }
      ++size;
    }
    if (m_query == nullptr)
      return fail(ErrorCode::unsupported, "cannot hide or guard algorithms of the FIPS module: it lists none");
    for (int operation = 0; operation < ShownTables::k_operations; ++operation) {
      int no_cache = 0;
      KIF_CHECK(tables.add_table(operation, m_query(context, operation, &no_cache), &guards));
    }
    m_tables = tables;
    m_module_out = *out;
  }
  if (*out != m_module_out)
    return fail(ErrorCode::unsupported,
                "cannot hide or guard algorithms of the FIPS module: its dispatch table changed");
  *out = m_out.data();
  return {};
}

int Slot::get_params(const OSSL_CORE_HANDLE* handle, OSSL_PARAM params[]) const noexcept {
  const int result = m_core.get_params(handle, params);
  // libcrypto names the file that it loaded itself, which is kif-fips.so.
  if (OSSL_PARAM* name = find_param(params, OSSL_PROV_PARAM_CORE_MODULE_FILENAME); name != nullptr)
    return set_text(*name, m_loaded_from.data()) ? result : 0;
  return result;
}

const OSSL_ALGORITHM* Slot::query(void* context, int operation, int* no_cache) const noexcept {
  return m_tables.filtered(operation, m_query(context, operation, no_cache));
}

} // namespace kif::provider
