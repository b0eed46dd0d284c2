// SPDX-License-Identifier: Apache-2.0
// An image's java.security with kif's properties in it, read as java.util.Properties reads it: no provider of the
// image's stays, and each property of kif's has kif's value.
#include "image/java_security.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "target.h"

namespace {

using namespace kif;

constexpr std::string_view k_ours = "security.provider.1=KIF\nsecurity.provider.2=BCFIPS\nkeystore.type=bcfks\n";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

// Properties.load(Reader): natural lines end in \n, \r or \r\n; a property goes on after an odd number of backslashes,
// and blanks in front of what follows are dropped; a comment does not go on.
std::vector<std::string> logical_lines(std::string_view text) {
  std::vector<std::string> lines;
  bool goes_on = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
    while (!line.empty() && is_blank(line.front()))
      line.remove_prefix(1);
    if (!goes_on && (line.empty() || line.front() == '#' || line.front() == '!'))
      continue;
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\')
      ++backslashes;
    const std::string_view kept = backslashes % 2 == 1 ? line.substr(0, line.size() - 1) : line;
    if (goes_on)
      lines.back() += kept;
    else
      lines.emplace_back(kept);
    goes_on = backslashes % 2 == 1;
  }
  return lines;
}

// Of the escapes those that stand for ASCII.
std::map<std::string, std::string> load(std::string_view text) {
  std::map<std::string, std::string> properties;
  for (const std::string& line : logical_lines(text)) {
    std::string key;
    std::size_t at = 0;
    for (; at < line.size() && line[at] != '=' && line[at] != ':' && !is_blank(line[at]); ++at) {
      if (line[at] != '\\' || at + 1 == line.size()) {
        key += line[at];
        continue;
      }
      ++at;
      const std::string digits = line.substr(at + 1, 4);
      if (line[at] == 'u' && digits.size() == 4 &&
          digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
        const unsigned long code = std::stoul(digits, nullptr, 16);
        key += code < 0x80 ? static_cast<char>(code) : '?';
        at += 4;
      } else {
        static const std::map<char, char> letters = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}};
        const auto letter = letters.find(line[at]);
        key += letter == letters.end() ? line[at] : letter->second;
      }
    }
    while (at < line.size() && is_blank(line[at]))
      ++at;
    if (at < line.size() && (line[at] == '=' || line[at] == ':'))
      ++at;
    while (at < line.size() && is_blank(line[at]))
      ++at;
    properties[key] = line.substr(at);
  }
  return properties;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view theirs = fuzz::text_of(data, size);
  for (const bool keep_sun : {false, true}) {
    const std::string edited = image::edit_java_security(theirs, k_ours, {.keep_sun = keep_sun});
    fuzz::demand(edited.size() <= theirs.size() + 1000, "nothing of theirs is there twice");
    auto properties = load(edited);
    for (const auto& [key, value] : load(k_ours))
      fuzz::demand(properties[key] == value, "each property of ours has our value");
    const auto providers = std::ranges::count_if(
        properties, [](const auto& property) { return property.first.starts_with("security.provider."); });
    fuzz::demand(providers == (keep_sun ? 4 : 2), "no provider is there but ours");
    fuzz::demand(load(image::edit_java_security(edited, k_ours, {.keep_sun = keep_sun})) == properties,
                 "edited again it is the same");
  }
  return 0;
}
