// SPDX-License-Identifier: Apache-2.0
#include "provider/hidden_algorithms.h"

#include <algorithm>
#include <cstring>

#include <strings.h>

namespace kif::provider {
namespace {

/// Calls `visit` for each part of `text` between separators until it returns true; whether it did.
template <class Visit> bool any_part(std::string_view text, char separator, Visit visit) noexcept {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (visit(text.substr(0, end)))
      return true;
    if (end == std::string_view::npos)
      return false;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

// Algorithm names are ASCII and compared without case (doc/man7/provider-base.pod, "Operations").
bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

Result<void> HiddenAlgorithms::set_names(std::string_view names) {
  if (names.size() > m_names.size() ||
      (!names.empty() && any_part(names, ',', [](std::string_view name) { return trimmed(name).empty(); })))
    return fail(Error(ErrorCode::invalid_input, "cannot use kif-hide of openssl.cnf: bad value")
                    .with_mismatch("algorithm names separated by commas, at most 256 characters, or none",
                                   "\"" + std::string(names) + "\""));
  std::copy(names.begin(), names.end(), m_names.begin());
  m_names_size = names.size();
  return {};
}

bool HiddenAlgorithms::is_hidden(const char* algorithm_names) const noexcept {
  return any_part(names(), ',', [&](std::string_view hidden) {
    return any_part(algorithm_names, ':', [&](std::string_view name) { return same_name(trimmed(hidden), name); });
  });
}

Result<void> HiddenAlgorithms::add_table(int operation, const OSSL_ALGORITHM* table) {
  if (hides_nothing() || table == nullptr || operation < 0 || operation >= k_operations)
    return {};
  std::size_t size = 0;
  bool any_hidden = false;
  for (; table[size].algorithm_names != nullptr; ++size)
    any_hidden = any_hidden || is_hidden(table[size].algorithm_names);
  Table& entry = m_tables[static_cast<std::size_t>(operation)];
  if (!any_hidden) {
    entry = {.original = table};
    return {};
  }
  if (m_entries_used + size > m_entries.size()) // one goes at least, so its place takes the terminator
    return fail(ErrorCode::too_large, "cannot hide algorithms of the FIPS module: its tables are too long");
  OSSL_ALGORITHM* shown = &m_entries[m_entries_used];
  OSSL_ALGORITHM* end =
      std::copy_if(table, table + size, shown, [&](const OSSL_ALGORITHM& a) { return !is_hidden(a.algorithm_names); });
  *end++ = OSSL_ALGORITHM{};
  entry = {.original = table, .is_shortened = true, .first_entry = m_entries_used};
  m_entries_used += static_cast<std::size_t>(end - shown);
  return {};
}

const OSSL_ALGORITHM* HiddenAlgorithms::filtered(int operation, const OSSL_ALGORITHM* table) const noexcept {
  if (hides_nothing() || table == nullptr)
    return table;
  if (operation < 0 || operation >= k_operations)
    return nullptr;
  const Table& entry = m_tables[static_cast<std::size_t>(operation)];
  if (entry.original != table)
    return nullptr;
  return entry.is_shortened ? &m_entries[entry.first_entry] : table;
}

} // namespace kif::provider
