// SPDX-License-Identifier: Apache-2.0
// Letters by ASCII alone, whatever the locale: names in formats and protocols are compared so.
#pragma once

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

} // namespace kif
