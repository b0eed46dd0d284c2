// SPDX-License-Identifier: Apache-2.0
// The one place that makes text harmless for whoever reads it: a terminal obeys control characters, a reader's eye is
// led astray by marks of writing direction and by characters that take no room. docs/design/0026-text.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "text/utf8.h"

namespace kif::text {

/// Whether a character shows as what it is. Not plain are: control characters (C0, DEL, C1), ends of lines (U+2028,
/// U+2029), marks of writing direction, all else that Unicode's property Default_Ignorable_Code_Point lists (zero-width
/// characters, variation selectors, tags), annotation marks, and the two noncharacters at the end of each plane.
constexpr bool is_plain(char32_t character) noexcept {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr Range k_not_plain[] = {
      {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160},
      {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
      {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF},
      {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
  };
  for (const Range& range : k_not_plain)
    if (character >= range.first && character <= range.last)
      return false;
  return (character & 0xFFFEU) != 0xFFFE;
}

/// Whether the whole text is UTF-8 and plain.
constexpr bool is_plain(std::string_view text) noexcept {
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.bytes == 0 || !is_plain(character.value))
      return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

/// `text` whole, with \xNN for each byte of what is not plain or not UTF-8. A newline becomes \x0a: text from outside
/// makes no line of its own.
std::string escape(std::string_view text);
/// The error with each of its texts escaped.
Error escape(const Error& error);

/// How many characters `text` has, a byte that is not UTF-8 counted as one.
std::size_t width(std::string_view text) noexcept;
/// At most `count` characters from its front.
std::string_view first_characters(std::string_view text, std::size_t count) noexcept;

} // namespace kif::text
