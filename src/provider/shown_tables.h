// SPDX-License-Identifier: Apache-2.0
// A module's algorithm tables as libcrypto gets to see them: without the algorithms that nobody is to get, and with
// guards in front of those of which something is refused. The module itself is not changed and goes on using them
// inside.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/core.h>

#include "base/result.h"
#include "provider/guards/guards.h"

namespace kif::provider {

/// Tables of one module, made once, at its load; static storage, since libcrypto keeps pointers into them.
class ShownTables {
public:
  /// OSSL_OP_… numbers are below this (core_dispatch.h: the largest is OSSL_OP_STORE, 22).
  static constexpr int k_operations = 32;

  constexpr ShownTables() noexcept = default;

  /// `names`: separated by commas, blanks around them ignored, case ignored. An empty name or more than fits is
  /// invalid_input.
  Result<void> set_names(std::string_view names);

  /// Takes note of the module's own table for an operation: `original` ends with a null name, or is null. `guards` may
  /// be null: none. too_large: no room.
  Result<void> add_table(int operation, const OSSL_ALGORITHM* original, Guards* guards = nullptr);

  /// What libcrypto is to see instead of `table`: null where add_table() did not see this one, but others.
  const OSSL_ALGORITHM* filtered(int operation, const OSSL_ALGORITHM* table) const noexcept;

  bool hides_nothing() const noexcept { return m_names_size == 0; }
  std::string_view names() const noexcept { return {m_names.data(), m_names_size}; }

private:
  bool is_hidden(const char* algorithm_names) const noexcept;

  struct Table {
    const OSSL_ALGORITHM* original = nullptr;
    bool is_changed = false;
    std::size_t first_entry = 0; ///< of the table in m_entries; an index, so that this object can be copied
  };

  std::array<char, 256> m_names{};
  std::size_t m_names_size = 0;
  std::array<Table, k_operations> m_tables{};
  // Of each table with a change all entries: 3.6, with something hidden or guarded in each, would need 310.
  std::array<OSSL_ALGORITHM, 512> m_entries{};
  std::size_t m_entries_used = 0;
  bool m_is_used = false;
};

} // namespace kif::provider
