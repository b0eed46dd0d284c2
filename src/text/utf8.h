// SPDX-License-Identifier: Apache-2.0
// The one decoder of UTF-8 (RFC 3629 §4; Unicode 15, table 3-7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kif::text {

/// The character at the front of a text. `bytes` is 0 if the bytes there are not UTF-8: a sequence that is cut off, an
/// overlong form, a surrogate, a value above U+10FFFF.
struct Character {
  char32_t value = 0;
  std::size_t bytes = 0;
};

/// `text` is not empty.
constexpr Character first_character(std::string_view text) noexcept {
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
  const bool is_unassignable = (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF;
  return is_overlong || is_unassignable ? Character{} : Character{value, bytes};
}

} // namespace kif::text
