// SPDX-License-Identifier: Apache-2.0
// What the three kinds of package versions share: characters by ASCII alone, numbers of any length, and the way a
// version is refused.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/result.h"

namespace kif::sbom {

/// No longer version is read. A version is part of its package's file name, and NAME_MAX lets none be longer than this.
inline constexpr std::size_t k_longest_version = 255;

constexpr bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_letter(char c) noexcept {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/// How many characters at the front of `text` satisfy `is_one`.
template <class Predicate> constexpr std::size_t run_length(std::string_view text, Predicate is_one) {
  std::size_t length = 0;
  while (length < text.size() && is_one(text[length]))
    ++length;
  return length;
}

/// Two strings of digits as the numbers they write: leading zeros do not count, the empty string is 0, and no length
/// overflows.
std::strong_ordering compare_numbers(std::string_view left, std::string_view right) noexcept;

/// "cannot read KIND version "TEXT": it is empty", or too_large where it is longer than k_longest_version.
Result<void> check_length(std::string_view kind, std::string_view text);

/// "cannot read KIND version "TEXT": REASON at character N", where N counts from 1, with what was expected there; what
/// was got is the character that stands there, or the end. `position` counts from 0 and is at most text.size().
Error refused_at(std::string_view kind, std::string_view text, std::size_t position, std::string_view reason,
                 std::string_view expected);

/// The number before the first colon of `text`, at most `largest`, and where the rest begins; 0 and the whole text
/// where there is no colon.
struct Epoch {
  std::uint32_t value;
  std::size_t end;
};
Result<Epoch> read_epoch(std::string_view kind, std::string_view text, std::uint32_t largest);

} // namespace kif::sbom
