// SPDX-License-Identifier: Apache-2.0
// The lines of a package database, counted, and the way in which one of them is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::sbom {

class Lines {
public:
  /// `text` must outlive this. too_large over k_max_document_bytes; `where` names the text in errors.
  static Result<Lines> of(std::string_view text, const std::string& where);

  /// Goes to the next line; false at the end.
  bool next() noexcept;
  /// The line without its newline.
  std::string_view line() const noexcept { return m_line; }
  /// Its number, from 1.
  std::size_t number() const noexcept { return m_number; }

  /// invalid_input: "cannot read WHERE: line N: REASON".
  Error refused(std::size_t line, const std::string& reason) const;
  Error refused(const std::string& reason) const { return refused(m_number, reason); }

private:
  Lines(std::string_view text, std::string where) : m_rest(text), m_where(std::move(where)) {}

  std::string_view m_rest;
  std::string_view m_line;
  std::size_t m_number = 0;
  std::string m_where;
};

/// A package's name, version or architecture as databases write it: printable ASCII without blanks, not empty.
bool is_word(std::string_view text) noexcept;

} // namespace kif::sbom
