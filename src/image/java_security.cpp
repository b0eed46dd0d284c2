// SPDX-License-Identifier: Apache-2.0
#include "image/java_security.h"

#include <algorithm>
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

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

// Up to \n, \r or \r\n, which is taken too.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(1, text.size()));
  return line;
}

std::string_view without_blanks(std::string_view line) {
  while (!line.empty() && is_blank(line.front()))
    line.remove_prefix(1);
  return line;
}

// A line ends in an odd number of backslashes: it goes on in the next one.
bool continues(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\')
    ++backslashes;
  return backslashes % 2 == 1;
}

// What follows a backslash, taken from the front of `text`: a letter that stands for another, \u and four digits, or
// itself. Names that matter here are ASCII.
char take_escaped(std::string_view& text) {
  const char c = text.front();
  text.remove_prefix(1);
  unsigned code = 0;
  if (c == 'u' && text.size() >= 4 && std::from_chars(text.data(), text.data() + 4, code, 16).ptr == text.data() + 4) {
    text.remove_prefix(4);
    return code < 0x80 ? static_cast<char>(code) : '?';
  }
  constexpr std::string_view k_letters = "tnrf";
  const std::size_t at = k_letters.find(c);
  return at == std::string_view::npos ? c : "\t\n\r\f"[at];
}

std::string key_of(std::string_view line) {
  std::string key;
  while (!line.empty() && line.front() != '=' && line.front() != ':' && !is_blank(line.front())) {
    const char c = line.front();
    line.remove_prefix(1);
    key += c == '\\' && !line.empty() ? take_escaped(line) : c;
  }
  return key;
}

// As java.util.Properties.load() reads them: what it would take for a property must be seen here, however it is
// written.
std::vector<Item> items_of(std::string_view text) {
  std::vector<Item> items;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    Item item{std::string(line) + "\n", {}};
    std::string_view rest = without_blanks(line);
    if (!rest.empty() && rest.front() != '#' && rest.front() != '!') { // comments do not go on
      std::string whole;
      while (continues(rest) && !text.empty()) {
        whole += rest.substr(0, rest.size() - 1);
        line = take_line(text);
        item.text += std::string(line) + "\n";
        rest = without_blanks(line);
      }
      whole += continues(rest) ? rest.substr(0, rest.size() - 1) : rest;
      item.key = key_of(whole);
    }
    items.push_back(std::move(item));
  }
  return items;
}

} // namespace

std::string edit_java_security(std::string_view theirs, std::string_view ours, const JavaChoices& choices) {
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
  if (choices.keep_sun)
    text += "\n# Kept by --java-sun: MD5 and the other algorithms of SUN are not refused.\n" + std::string(k_provider) +
            std::to_string(last_provider + 1) + "=SUN\n# Asked last whose a key store is.\n" + std::string(k_provider) +
            std::to_string(last_provider + 2) + "=kif.java.LastStores\nkif.sun=kept\n";
  if (choices.short_hmac_keys)
    text += "\n# By --compat short-hmac-keys; KIF's PBKDF2 is asked first, since the module throws an Error.\n"
            "kif.short-hmac-keys=allowed\n"
            "jdk.security.provider.preferred=KeyStore.BCFKS:KIF, SecretKeyFactory.PBKDF2WithHmacSHA1:KIF, "
            "SecretKeyFactory.PBKDF2WithHmacSHA224:KIF, SecretKeyFactory.PBKDF2WithHmacSHA256:KIF, "
            "SecretKeyFactory.PBKDF2WithHmacSHA384:KIF, SecretKeyFactory.PBKDF2WithHmacSHA512:KIF\n";
  return text;
}

} // namespace kif::image
