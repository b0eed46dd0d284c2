// SPDX-License-Identifier: Apache-2.0
// Versions of Debian packages: deb-version(7), Debian Policy 5.6.12: [epoch:]upstream-version[-debian-revision].
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::sbom {

/// A version that keeps to the grammar. "Should start with a digit" is taken as must: dpkg calls everything else bad
/// syntax.
class DebVersion {
public:
  /// invalid_input with the place and what may stand there; too_large over k_longest_version bytes.
  static Result<DebVersion> parse(std::string_view text);

  /// As it was given.
  const std::string& text() const noexcept { return m_text; }

  /// dpkg's order, total. Weak: numbers compare as numbers, and what is missing counts as 0, so that 1.0, 1.00,
  /// 0:1.0, 1.0-0 and 1.0-00 are all equal.
  friend std::weak_ordering operator<=>(const DebVersion& left, const DebVersion& right) noexcept;
  friend bool operator==(const DebVersion& left, const DebVersion& right) noexcept {
    return std::is_eq(left <=> right);
  }

private:
  DebVersion(std::string_view text, std::uint32_t epoch, std::size_t upstream, std::size_t upstream_end)
      : m_text(text), m_epoch(epoch), m_upstream(upstream), m_upstream_end(upstream_end) {}
  std::string_view upstream() const noexcept;
  std::string_view revision() const noexcept; // empty where there is none

  std::string m_text;
  std::uint32_t m_epoch;
  std::size_t m_upstream; // where it begins
  std::size_t m_upstream_end;
};

} // namespace kif::sbom
