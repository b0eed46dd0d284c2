// SPDX-License-Identifier: Apache-2.0
#include "image/java_security.h"

#include <charconv>
#include <set>
#include <vector>

namespace kif::image {
namespace {

constexpr std::string_view k_provider = "security.provider.";

// One property or comment as it stands in the file: a line, and the lines that it goes on in.
struct Item {
  std::string text;
  std::string key; ///< empty: a comment or nothing
};

// A line ends in an odd number of backslashes: it goes on in the next one (java.util.Properties.load).
bool continues(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\')
    ++backslashes;
  return backslashes % 2 == 1;
}

// Keys of security properties have no escapes in them.
std::string key_of(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t\f");
  if (start == std::string_view::npos || line[start] == '#' || line[start] == '!')
    return {};
  const std::size_t end = line.find_first_of("=: \t\f", start);
  return std::string(line.substr(start, end == std::string_view::npos ? end : end - start));
}

std::vector<Item> items_of(std::string_view text) {
  std::vector<Item> items;
  bool goes_on = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (goes_on)
      items.back().text += std::string(line) + "\n";
    else
      items.push_back({std::string(line) + "\n", key_of(line)});
    goes_on = (goes_on || !items.back().key.empty()) && continues(line); // comments do not go on
  }
  return items;
}

} // namespace

std::string edit_java_security(std::string_view theirs, std::string_view ours, bool keep_sun) {
  const std::vector<Item> own = items_of(ours);
  std::set<std::string> keys;
  unsigned last_provider = 0;
  for (const Item& item : own) {
    keys.insert(item.key);
    unsigned number = 0;
    if (item.key.starts_with(k_provider) &&
        std::from_chars(item.key.data() + k_provider.size(), item.key.data() + item.key.size(), number).ec ==
            std::errc())
      last_provider = std::max(last_provider, number);
  }
  keys.erase("");

  std::string text;
  for (const Item& item : items_of(theirs))
    if (!item.key.starts_with(k_provider) && !keys.contains(item.key))
      text += item.text;
  text += "\n# --- what follows was put here by kif harden\n";
  for (const Item& item : own)
    text += item.text;
  if (keep_sun)
    text += "\n# Kept by --java-sun: MD5 and the other algorithms of SUN are not refused.\n" + std::string(k_provider) +
            std::to_string(last_provider + 1) + "=SUN\nkif.sun=kept\n";
  return text;
}

} // namespace kif::image
