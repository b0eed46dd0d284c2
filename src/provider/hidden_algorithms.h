// SPDX-License-Identifier: Apache-2.0
// A module's algorithm tables without the algorithms that nobody is to get. The module itself is not changed and goes
// on using them inside.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <openssl/core.h>

#include "base/result.h"

namespace kif::provider {

/// Tables of one module, filtered once, at its load; static storage, since libcrypto keeps pointers into them.
class HiddenAlgorithms {
public:
  /// OSSL_OP_… numbers are below this (core_dispatch.h: the largest is OSSL_OP_STORE, 22).
  static constexpr int k_operations = 32;

  constexpr HiddenAlgorithms() noexcept = default;

  /// `names`: separated by commas, blanks around them ignored, case ignored. An empty name or more than fits is
  /// invalid_input.
  Result<void> set_names(std::string_view names);

  /// Takes note of the module's own table for an operation: `table` ends with a null name, or is null. too_large: no
  /// room.
  Result<void> add_table(int operation, const OSSL_ALGORITHM* table);

  /// What libcrypto is to see instead of `table`. A table that add_table() never saw is shown only where nothing is
  /// hidden: null otherwise.
  const OSSL_ALGORITHM* filtered(int operation, const OSSL_ALGORITHM* table) const noexcept;

  bool hides_nothing() const noexcept { return m_names_size == 0; }
  std::string_view names() const noexcept { return {m_names.data(), m_names_size}; }

private:
  bool is_hidden(const char* algorithm_names) const noexcept;

  struct Table {
    const OSSL_ALGORITHM* original = nullptr;
    bool is_shortened = false;
    std::size_t first_entry = 0; ///< of the shortened table in m_entries; an index, so that this object can be copied
  };

  std::array<char, 256> m_names{};
  std::size_t m_names_size = 0;
  std::array<Table, k_operations> m_tables{};
  std::array<OSSL_ALGORITHM, 256> m_entries{}; // today's largest module needs 90 for X25519 and X448
  std::size_t m_entries_used = 0;
};

} // namespace kif::provider
