// SPDX-License-Identifier: Apache-2.0
// One FIPS module instance in one libcrypto. The functions that a module calls back carry no usable handle (modules up
// to 3.1.3 pass a pointer of their own), so each slot has its own set of them, made by templates: trampolines.cpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

#include <openssl/core_dispatch.h>
#include <pthread.h>

#include "base/result.h"
#include "entropy/seed_source.h"
#include "provider/core/core.h"
#include "provider/core/slot_count.h"
#include "provider/guards/feature.h"
#include "provider/load_lock.h"
#include "provider/module_file.h"
#include "provider/shown_tables.h"

namespace kif::provider {

/// Of a DRBG of SP 800-90A.
inline constexpr int k_max_strength_bits = 256;

/// The functions of one slot, as a module and libcrypto call them.
struct Trampolines {
  OSSL_FUNC_core_get_params_fn* core_get_params;
  OSSL_FUNC_get_entropy_fn* get_entropy;
  OSSL_FUNC_cleanup_entropy_fn* cleanup_entropy;
  OSSL_FUNC_get_nonce_fn* get_nonce;
  OSSL_FUNC_cleanup_nonce_fn* cleanup_nonce;
  OSSL_FUNC_provider_query_operation_fn* query_operation;
};

/// Number `index` of k_slots.
const Trampolines& trampolines(std::size_t index) noexcept;

/// A libcrypto's dispatch table with a slot's functions in the place of libcrypto's own. Modules read it during their
/// init only and keep the functions, not the table.
class UpcallTable {
public:
  /// too_large: more entries than any libcrypto has.
  static Result<UpcallTable> make(const OSSL_DISPATCH* in, const Trampolines& functions);
  const OSSL_DISPATCH* data() const noexcept { return m_entries.data(); }

private:
  std::array<OSSL_DISPATCH, 256> m_entries{};
};

/// Filled under the load lock by the first load, before the module gets to know its trampolines; only read from then
/// on, so that upcalls take no lock.
class Slot {
public:
  constexpr Slot() noexcept = default;

  /// The slot of this libcrypto (named by the address of its core_get_params) and this module: the one it has already,
  /// or a free one, which is taken. conflict: all are in use, or `hidden` and
  /// `refused` are not what this slot hides and refuses.
  static Result<Slot*> acquire(const Core& core, std::string_view module, std::string_view hidden, Features refused,
                               entropy::SeedSource& source, const LoadLock& lock);
  static Slot& at(std::size_t index) noexcept;

  /// Loads the module for this provider: everything that OSSL_provider_init has to give. Failures of the module itself
  /// are in the queue already and give no Error.
  Result<bool> load(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in, const OSSL_DISPATCH** out, void** context,
                    const LoadLock& lock);

  // What the trampolines do.
  int get_params(const OSSL_CORE_HANDLE* handle, OSSL_PARAM params[]) const noexcept;
  const OSSL_ALGORITHM* query(void* context, int operation, int* no_cache) const noexcept;
  const Core& core() const noexcept { return m_core; }
  entropy::SeedSource& source() const noexcept { return *m_source; }
  /// What an upcall gave, passed on; if that is nothing, the upcall is counted as refused.
  std::size_t count_if_refused(std::size_t given) noexcept {
    if (given == 0)
      m_refused_upcalls.fetch_add(1, std::memory_order_relaxed);
    return given;
  }

  /// The upcall for entropy does not say whether it is for an instantiation, which may take bytes held ready, or for a
  /// reseed, perhaps with prediction resistance, which gets new blocks. But only an instantiation needs a nonce
  /// (ossl_prov_drbg_instantiate). Up to 3.4 it asks for that first of all and gives it back at the end: what lies
  /// between, in the same thread, is the instantiation's. From 3.5 on it asks for entropy and nonce at once, which is
  /// more than the 256 bits that a reseed needs at most. Where two threads overlap, one of them gets new blocks too.
  /// A thread is known by its pthread_self(): a process that has locked itself in may not make a system call for it.
  void begin_instantiation() noexcept { m_instantiating.store(::pthread_self(), std::memory_order_relaxed); }
  void end_instantiation() noexcept { m_instantiating.store(0, std::memory_order_relaxed); }
  bool is_instantiation(int entropy_bits) const noexcept {
    return entropy_bits > k_max_strength_bits || m_instantiating.load(std::memory_order_relaxed) == ::pthread_self();
  }

  std::size_t index() const noexcept;
  std::string_view module() const noexcept { return m_module.data(); }

private:
  Result<ModuleFile> map_module();
  Result<void> wrap_query(const OSSL_DISPATCH** out, void* context);

  Core m_core;
  entropy::SeedSource* m_source = nullptr;
  OSSL_provider_init_fn* m_init = nullptr;
  OSSL_FUNC_provider_query_operation_fn* m_query = nullptr;
  const OSSL_DISPATCH* m_module_out = nullptr;
  std::atomic<unsigned> m_refused_upcalls{0};
  std::atomic<pthread_t> m_instantiating{0}; ///< a thread; 0: none
  ShownTables m_tables;
  Features m_refused;
  std::array<OSSL_DISPATCH, 64> m_out{};
  std::array<char, 4096> m_module{};      ///< kif-module
  std::array<char, 4096> m_loaded_from{}; ///< `module-filename` for the module, which keeps the pointer
};

} // namespace kif::provider
