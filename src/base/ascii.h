// SPDX-License-Identifier: Apache-2.0
// Letters, digits and blanks by ASCII alone, whatever the locale: names in formats and protocols are compared so.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kif {

constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    c = lower_case(c);
  return lower;
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Without the blanks around it.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept {
  const std::size_t first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes a run of characters off the front.
template <class Is> constexpr std::string_view take(std::string_view& text, Is is) {
  std::size_t count = 0;
  while (count < text.size() && is(text[count]))
    ++count;
  const std::string_view taken = text.substr(0, count);
  text.remove_prefix(count);
  return taken;
}

} // namespace kif
