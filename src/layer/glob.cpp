// SPDX-License-Identifier: Apache-2.0
#include "layer/glob.h"

#include <cstddef>
#include <optional>

namespace kif::oci {
namespace {

// The set that begins after a '[': whether `c` is in it, and where the pattern goes on. None where no ']' ends it; it
// is then a '[' like any other.
struct SetMatch {
  bool is_in;
  std::size_t end;
};
std::optional<SetMatch> match_set(std::string_view pattern, std::size_t at, char c) {
  const bool is_negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_negated)
    ++at;
  const auto value = static_cast<unsigned char>(c);
  bool is_in = false;
  for (const std::size_t first = at; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at > first)
      return SetMatch{is_in != is_negated, at + 1};
    if (pattern[at] == '\\' && at + 1 < pattern.size())
      ++at;
    const auto low = static_cast<unsigned char>(pattern[at]);
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      at += 2;
      high = static_cast<unsigned char>(pattern[at]);
    }
    is_in = is_in || (low <= value && value <= high);
  }
  return std::nullopt;
}

// Matches one character at `at`, which is moved behind what matched it.
bool match_one(std::string_view pattern, std::size_t& at, char c) {
  if (pattern[at] == '?') {
    ++at;
    return true;
  }
  if (pattern[at] == '[')
    if (const auto set = match_set(pattern, at + 1, c)) {
      at = set->end;
      return set->is_in;
    }
  if (pattern[at] == '\\' && at + 1 < pattern.size())
    ++at;
  return pattern[at++] == c;
}

} // namespace

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?[\\") != std::string_view::npos;
}

std::string escaped_glob(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (is_glob(std::string_view(&c, 1)))
      pattern += '\\';
    pattern += c;
  }
  return pattern;
}

bool matches_glob(std::string_view name, std::string_view pattern) {
  // glob(3) has hidden files matched by a dot only.
  if (name.starts_with('.') && !pattern.starts_with('.'))
    return false;
  std::size_t in_name = 0;
  std::size_t in_pattern = 0;
  // Where the last star met is, and what of the name it takes: an earlier star never needs to take more.
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (in_name < name.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      taken = in_name;
      continue;
    }
    std::size_t next = in_pattern;
    if (in_pattern < pattern.size() && match_one(pattern, next, name[in_name])) {
      in_pattern = next;
      ++in_name;
      continue;
    }
    if (star == std::string_view::npos)
      return false;
    in_pattern = star + 1;
    in_name = ++taken;
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*')
    ++in_pattern;
  return in_pattern == pattern.size();
}

} // namespace kif::oci
