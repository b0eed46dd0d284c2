// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "provider/core/dispatch.h"
#include "provider/slot.h"
#include "provider/upcalls.h"

namespace kif::provider {
namespace {

template <std::size_t Index> struct SlotFunctions {
  static int core_get_params(const OSSL_CORE_HANDLE* handle, OSSL_PARAM params[]) noexcept {
    return Slot::at(Index).get_params(handle, params);
  }
  static std::size_t entropy(const OSSL_CORE_HANDLE*, unsigned char** out, int bits, std::size_t min_bytes,
                             std::size_t max_bytes) noexcept {
    Slot& slot = Slot::at(Index);
    const auto blocks = slot.is_instantiation(bits) ? entropy::Blocks::any : entropy::Blocks::fresh;
    return slot.count_if_refused(get_entropy(slot.core(), slot.source(), blocks, out, bits, min_bytes, max_bytes));
  }
  static void entropy_done(const OSSL_CORE_HANDLE*, unsigned char* buffer, std::size_t size) noexcept {
    cleanup_entropy(Slot::at(Index).core(), buffer, size);
  }
  static std::size_t nonce(const OSSL_CORE_HANDLE*, unsigned char** out, std::size_t min_bytes, std::size_t max_bytes,
                           const void*, std::size_t) noexcept {
    Slot& slot = Slot::at(Index);
    slot.begin_instantiation();
    const std::size_t given = get_nonce(slot.core(), slot.source(), out, min_bytes, max_bytes);
    if (given == 0) // a module gives back only what it got
      slot.end_instantiation();
    return slot.count_if_refused(given);
  }
  static void nonce_done(const OSSL_CORE_HANDLE*, unsigned char* buffer, std::size_t size) noexcept {
    Slot& slot = Slot::at(Index);
    slot.end_instantiation();
    cleanup_nonce(slot.core(), buffer, size);
  }
  static const OSSL_ALGORITHM* query(void* context, int operation, int* no_cache) noexcept {
    return Slot::at(Index).query(context, operation, no_cache);
  }
};

template <std::size_t... Index> constexpr std::array<Trampolines, k_slots> make_all(std::index_sequence<Index...>) {
  return {Trampolines{SlotFunctions<Index>::core_get_params, SlotFunctions<Index>::entropy,
                      SlotFunctions<Index>::entropy_done, SlotFunctions<Index>::nonce, SlotFunctions<Index>::nonce_done,
                      SlotFunctions<Index>::query}...};
}

constexpr std::array<Trampolines, k_slots> k_trampolines = make_all(std::make_index_sequence<k_slots>{});

} // namespace

const Trampolines& trampolines(std::size_t index) noexcept {
  return k_trampolines[index];
}

Result<UpcallTable> UpcallTable::make(const OSSL_DISPATCH* in, const Trampolines& functions) {
  const std::array<OSSL_DISPATCH, 9> ours = {dispatch_entry(OSSL_FUNC_CORE_GET_PARAMS, functions.core_get_params),
                                             dispatch_entry(OSSL_FUNC_GET_ENTROPY, functions.get_entropy),
                                             dispatch_entry(k_get_user_entropy, functions.get_entropy),
                                             dispatch_entry(OSSL_FUNC_CLEANUP_ENTROPY, functions.cleanup_entropy),
                                             dispatch_entry(k_cleanup_user_entropy, functions.cleanup_entropy),
                                             dispatch_entry(OSSL_FUNC_GET_NONCE, functions.get_nonce),
                                             dispatch_entry(k_get_user_nonce, functions.get_nonce),
                                             dispatch_entry(OSSL_FUNC_CLEANUP_NONCE, functions.cleanup_nonce),
                                             dispatch_entry(k_cleanup_user_nonce, functions.cleanup_nonce)};
  const auto is_ours = [&](int id) {
    for (const OSSL_DISPATCH& entry : ours)
      if (entry.function_id == id)
        return true;
    return false;
  };

  // All of ours go in, whether or not this libcrypto has them: a newer module in an older libcrypto asks for the newer
  // ones first, and no path to the kernel may be left to find.
  UpcallTable table;
  std::size_t size = 0;
  for (const OSSL_DISPATCH& entry : ours)
    table.m_entries[size++] = entry;
  for (; in->function_id != 0; ++in) {
    if (is_ours(in->function_id))
      continue;
    if (size + 1 == table.m_entries.size()) // the last one ends the table
      return fail(ErrorCode::too_large, "cannot load the FIPS module: libcrypto's dispatch table is too long");
    table.m_entries[size++] = *in;
  }
  return table;
}

} // namespace kif::provider
