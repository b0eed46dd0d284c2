// SPDX-License-Identifier: Apache-2.0
#include "oci/name_parts.h"

#include <algorithm>
#include <cctype>

namespace kif::oci {

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_lower_or_digit(char c) {
  return is_letter_or_digit(c) && std::isupper(static_cast<unsigned char>(c)) == 0;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_component(std::string_view text, bool (*is_plain)(char), bool (*is_separator)(std::string_view)) {
  if (text.empty() || !is_plain(text.front()) || !is_plain(text.back()))
    return false;
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    text.remove_prefix(plain);
    const auto other = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_plain) - text.begin());
    if (other > 0 && !is_separator(text.substr(0, other)))
      return false;
    text.remove_prefix(other);
  }
  return true;
}

} // namespace kif::oci
