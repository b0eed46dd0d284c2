// SPDX-License-Identifier: Apache-2.0
// Text that comes out of an image, made fit for a message: it may hold what a terminal would obey.
#pragma once

#include <string>
#include <string_view>

namespace kif {

/// `text` without quotation marks, its bytes outside printable ASCII as \xNN, cut after 200 bytes.
inline std::string printable(std::string_view text) {
  constexpr std::size_t k_longest = 200;
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::string result;
  for (const char c : text.substr(0, k_longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F)
      result += c;
    else
      result += {'\\', 'x', k_hex[byte >> 4U], k_hex[byte & 15U]};
  }
  return text.size() > k_longest ? result + "…" : result;
}

/// `text` whole, with \xNN for each byte of what would steer a terminal or turn a line round: control characters (C0,
/// DEL, and C1 in UTF-8, which terminals obey too), marks of writing direction, and what is no UTF-8. For output where
/// nothing may be cut.
std::string escape_controls(std::string_view text);

/// printable() in quotation marks.
inline std::string in_quotes(std::string_view text) {
  return "\"" + printable(text) + "\"";
}

} // namespace kif
