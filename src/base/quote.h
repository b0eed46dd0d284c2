// SPDX-License-Identifier: Apache-2.0
// Text from outside as a part of a message: in quotation marks, and cut, so that it does not bury the message. It is
// not made harmless here; what prints the message does that (text/escape.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kif {

/// `text`, cut after `longest` bytes or up to three fewer: not inside of a character.
inline std::string shortened(std::string_view text, std::size_t longest = 200) {
  if (text.size() <= longest)
    return std::string(text);
  std::size_t end = longest;
  while (end > 0 && end + 3 > longest &&
         (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) // inside of a UTF-8 sequence
    --end;
  return std::string(text.substr(0, end)) + "…";
}

/// shortened() in quotation marks.
inline std::string in_quotes(std::string_view text) {
  return "\"" + shortened(text) + "\"";
}

} // namespace kif
