// SPDX-License-Identifier: Apache-2.0
#include "text/json_document.h"

#include <nlohmann/json.hpp>

#include "text/json_string.h"

namespace kif::text {

std::string json_document(const nlohmann::ordered_json& document) {
  const std::string dumped = document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string json;
  json.reserve(dumped.size() + 1);
  // Outside of strings there are ASCII and the newlines of the indentation alone, so this changes strings only.
  for (std::string_view rest = dumped; !rest.empty();) {
    const Character character = first_character(rest);
    if (character.value == '\n' || is_plain(character.value))
      json += rest.substr(0, character.bytes);
    else
      json += json_escape(character.value);
    rest.remove_prefix(character.bytes);
  }
  return json + "\n";
}

} // namespace kif::text
