// SPDX-License-Identifier: Apache-2.0
#include "sbom/databases/lines.h"

#include <algorithm>

#include "sbom/reading/read.h"

namespace kif::sbom {

Result<Lines> Lines::of(std::string_view text, const std::string& where) {
  if (text.size() > k_max_document_bytes)
    return fail(ErrorCode::too_large, "cannot read " + where + ": larger than the bound of " +
                                          std::to_string(k_max_document_bytes) + " bytes");
  return Lines(text, where);
}

bool Lines::next() noexcept {
  if (m_rest.empty())
    return false;
  const std::size_t end = std::min(m_rest.find('\n'), m_rest.size());
  m_line = m_rest.substr(0, end);
  m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
  ++m_number;
  return true;
}

Error Lines::refused(std::size_t line, const std::string& reason) const {
  return {ErrorCode::invalid_input, "cannot read " + m_where + ": line " + std::to_string(line) + ": " + reason};
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

} // namespace kif::sbom
