// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"

#include <cstddef>
#include <cstdint>

namespace kif {
namespace {

/// One character at the front of a text, and of how many bytes; 0 bytes where these are no UTF-8 (RFC 3629 §4).
struct Character {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};

Character first_of(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = at(0);
  if (lead < 0x80)
    return {lead, 1};
  const std::size_t bytes = lead >= 0xC2 && lead <= 0xDF   ? 2
                            : (lead & 0xF0U) == 0xE0       ? 3
                            : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                           : 0;
  if (bytes == 0 || text.size() < bytes)
    return {};
  std::uint32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0U) != 0x80)
      return {};
    value = value << 6U | (at(i) & 0x3FU);
  }
  const bool is_overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool is_none = (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF;
  return is_overlong || is_none ? Character{} : Character{value, bytes};
}

bool is_plain(std::uint32_t character) {
  const bool is_control = character < 0x20 || (character >= 0x7F && character <= 0x9F);
  const bool is_line_end = character == 0x2028 || character == 0x2029;
  const bool turns = character == 0x200E || character == 0x200F || character == 0x061C ||
                     (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
  return !is_control && !is_line_end && !turns;
}

} // namespace

std::string escape_controls(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    if (character.bytes != 0 && is_plain(character.value)) {
      result += text.substr(0, bytes);
    } else {
      for (const char c : text.substr(0, bytes)) {
        const auto byte = static_cast<unsigned char>(c);
        result += {'\\', 'x', k_hex[byte >> 4U], k_hex[byte & 15U]};
      }
    }
    text.remove_prefix(bytes);
  }
  return result;
}

} // namespace kif
