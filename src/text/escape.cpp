// SPDX-License-Identifier: Apache-2.0
#include "text/escape.h"

#include <algorithm>

namespace kif::text {
namespace {

std::size_t bytes_of(const Character& character) noexcept {
  return std::max<std::size_t>(character.bytes, 1);
}

} // namespace

std::string escape(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string_view bytes = text.substr(0, bytes_of(character));
    if (character.bytes != 0 && is_plain(character.value)) {
      result += bytes;
    } else {
      for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        result += {'\\', 'x', k_hex[byte >> 4U], k_hex[byte & 15U]};
      }
    }
    text.remove_prefix(bytes.size());
  }
  return result;
}

Error escape(const Error& error) {
  Error escaped(error.code, escape(error.message));
  escaped.expected = escape(error.expected);
  escaped.got = escape(error.got);
  escaped.hint = escape(error.hint);
  return escaped;
}

std::size_t width(std::string_view text) noexcept {
  std::size_t count = 0;
  for (; !text.empty(); ++count)
    text.remove_prefix(bytes_of(first_character(text)));
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  std::string_view rest = text;
  for (; !rest.empty() && count > 0; --count)
    rest.remove_prefix(bytes_of(first_character(rest)));
  return text.substr(0, text.size() - rest.size());
}

} // namespace kif::text
