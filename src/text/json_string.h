// SPDX-License-Identifier: Apache-2.0
// JSON strings without a JSON library, which would be most of the size of programs that run inside images.
#pragma once

#include <string>
#include <string_view>

#include "text/escape.h"

namespace kif::text {

/// \uXXXX, or a pair of them above U+FFFF (RFC 8259 §7).
inline std::string json_escape(char32_t character) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  const auto unit = [&](char32_t value) {
    return std::string(
        {'\\', 'u', k_hex[value >> 12U & 15U], k_hex[value >> 8U & 15U], k_hex[value >> 4U & 15U], k_hex[value & 15U]});
  };
  if (character < 0x10000)
    return unit(character);
  const char32_t above = character - 0x10000;
  return unit(0xD800 + (above >> 10U)) + unit(0xDC00 + (above & 0x3FFU));
}

/// `text` as a JSON string with its quotation marks. What is not plain is escaped, for the document may end on a
/// terminal. A byte that is not UTF-8 becomes U+FFFD: a reader must be able to parse the line whatever is in it.
inline std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    if (character.bytes == 0)
      json += "\xEF\xBF\xBD";
    else if (character.value == '"' || character.value == '\\')
      json += {'\\', text.front()};
    else if (is_plain(character.value))
      json += text.substr(0, bytes);
    else
      json += json_escape(character.value);
    text.remove_prefix(bytes);
  }
  return json + "\"";
}

} // namespace kif::text
