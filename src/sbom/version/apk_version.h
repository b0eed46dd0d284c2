// SPDX-License-Identifier: Apache-2.0
// Versions of apk packages (Alpine, Wolfi): apk-tools, apk-package(5), "version":
//
//   number{.number}…{letter}{_suffix{number}}…{~hash}{-rNUMBER}
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::sbom {

/// A version that keeps to the grammar. apk itself compares strings that do not; here they are none.
class ApkVersion {
public:
  /// invalid_input with the place and what may stand there; too_large over k_longest_version bytes.
  static Result<ApkVersion> parse(std::string_view text);

  /// As it was given.
  const std::string& text() const noexcept { return m_text; }

  /// apk's order, total. Weak: the first number, a suffix's number and the revision compare as numbers, so that
  /// 01.2, 1.2_p01 and 1.2-r01 are equal to 1.2, 1.2_p1 and 1.2-r1. Later dotted numbers have one spelling each: where
  /// one of two starts with 0 they compare as strings, 1.05 < 1.5. Numbers have any length; apk's own are machine
  /// integers.
  friend std::weak_ordering operator<=>(const ApkVersion& left, const ApkVersion& right) noexcept;
  friend bool operator==(const ApkVersion& left, const ApkVersion& right) noexcept {
    return std::is_eq(left <=> right);
  }

private:
  class Parser;

  // In the order of their weight where two versions first differ in kind: 1.0_rc1 < 1.0 < 1.0-r0 < 1.0~a < 1.0_p < 1.0a
  // < 1.0.0.
  enum class Kind : std::uint8_t {
    pre_release_suffix,
    end,
    revision,
    hash,
    suffix_number,
    post_release_suffix,
    letter,
    number,
    first_number,
  };
  struct Token {
    Kind kind;
    std::uint8_t suffix; // its place among the suffixes of its kind
    std::uint8_t begin;  // in m_text, which k_longest_version bounds
    std::uint8_t size;
  };

  explicit ApkVersion(std::string_view text) : m_text(text) {}
  std::string_view part(const Token& token) const noexcept {
    return std::string_view(m_text).substr(token.begin, token.size);
  }
  static std::weak_ordering compare_parts(const Token& left, std::string_view left_text, const Token& right,
                                          std::string_view right_text) noexcept;

  std::string m_text;
  std::vector<Token> m_tokens; // the last is end
};

} // namespace kif::sbom
