// SPDX-License-Identifier: Apache-2.0
#include "provider/shown_tables.h"

#include <algorithm>

#include "base/ascii.h"
#include "provider/core/algorithm_names.h"

namespace kif::provider {
Result<void> ShownTables::set_names(std::string_view names) {
  if (names.size() > m_names.size() ||
      (!names.empty() && any_part(names, ',', [](std::string_view name) { return trimmed(name, " ").empty(); })))
    return fail(Error(ErrorCode::invalid_input, "cannot use kif-hide of openssl.cnf: bad value")
                    .with_mismatch("algorithm names separated by commas, at most 256 characters, or none",
                                   "\"" + std::string(names) + "\""));
  std::copy(names.begin(), names.end(), m_names.begin());
  m_names_size = names.size();
  return {};
}

bool ShownTables::is_hidden(const char* algorithm_names) const noexcept {
  return any_part(names(), ',',
                  [&](std::string_view hidden) { return has_name(algorithm_names, trimmed(hidden, " ")); });
}

Result<void> ShownTables::add_table(int operation, const OSSL_ALGORITHM* original, Guards* guards) {
  m_is_used = true;
  if (original == nullptr || operation < 0 || operation >= k_operations)
    return {};
  const std::size_t first = m_entries_used;
  bool is_changed = false;
  std::size_t size = first;
  for (const OSSL_ALGORITHM* algorithm = original; algorithm->algorithm_names != nullptr; ++algorithm) {
    if (is_hidden(algorithm->algorithm_names)) {
      is_changed = true;
      continue;
    }
    if (size + 1 == m_entries.size()) // the last one ends the table
      return fail(ErrorCode::too_large, "cannot hide or guard algorithms of the FIPS module: its tables are too long");
    OSSL_ALGORITHM& shown = m_entries[size++] = *algorithm;
    if (guards == nullptr)
      continue;
    KIF_TRY(const OSSL_DISPATCH* guarded, guards->guarded(operation, *algorithm));
    if (guarded != nullptr) {
      shown.implementation = guarded;
      is_changed = true;
    }
  }
  m_tables[static_cast<std::size_t>(operation)] = {original, is_changed, first};
  if (is_changed) { // else the module's own is shown, and the place is free again
    m_entries[size++] = OSSL_ALGORITHM{};
    m_entries_used = size;
  }
  return {};
}

const OSSL_ALGORITHM* ShownTables::filtered(int operation, const OSSL_ALGORITHM* table) const noexcept {
  if (!m_is_used || table == nullptr)
    return table;
  if (operation < 0 || operation >= k_operations)
    return nullptr;
  const Table& entry = m_tables[static_cast<std::size_t>(operation)];
  if (entry.original != table)
    return nullptr;
  return entry.is_changed ? &m_entries[entry.first_entry] : table;
}

} // namespace kif::provider
