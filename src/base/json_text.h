// SPDX-License-Identifier: Apache-2.0
// JSON strings for programs that run inside images, where a JSON library would be most of their size.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kif {
namespace json_text_detail {

/// Length of the well-formed UTF-8 sequence at the front of `text` (Unicode 15, table 3-7), or 0.
inline std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
  const unsigned first = at(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return in(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF)
    return in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && in(2, 0x80, 0xBF) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF)
               ? 4
               : 0;
  return 0;
}

} // namespace json_text_detail

/// `text` as a JSON string with its quotation marks (RFC 8259 §7). A byte that is not UTF-8 becomes U+FFFD: messages
/// hold file names, and a reader must be able to parse the line whatever they are.
inline std::string json_string(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::string json = "\"";
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t length = json_text_detail::utf8_length(text);
    if (c == '"' || c == '\\')
      json += {'\\', static_cast<char>(c)};
    else if (c < 0x20)
      json += {'\\', 'u', '0', '0', k_hex[c >> 4U], k_hex[c & 15U]};
    else if (length == 0)
      json += "\xEF\xBF\xBD";
    else
      json += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return json + "\"";
}

} // namespace kif
