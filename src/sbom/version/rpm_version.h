// SPDX-License-Identifier: Apache-2.0
// Versions of rpm packages: rpm-version(7): [EPOCH:]VERSION[-RELEASE].
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::sbom {

/// A version that keeps to the grammar, with at least one letter or digit in VERSION and in RELEASE: of separators
/// alone, which do not compare, all would be equal.
class RpmVersion {
public:
  /// invalid_input with the place and what may stand there; too_large over k_longest_version bytes.
  static Result<RpmVersion> parse(std::string_view text);

  /// As it was given.
  const std::string& text() const noexcept { return m_text; }

  /// rpm's order, total: epoch, then version, then release, these two by rpmvercmp. Weak: separators and leading zeros
  /// do not count, so that 1.0, 1_0, 1.00, 1..0 and 0:1.0 are equal. A version without release is older than the same
  /// one with any; a dependency without release, which fits all of them, is not decided by this order.
  friend std::weak_ordering operator<=>(const RpmVersion& left, const RpmVersion& right) noexcept;
  friend bool operator==(const RpmVersion& left, const RpmVersion& right) noexcept {
    return std::is_eq(left <=> right);
  }

private:
  RpmVersion(std::string_view text, std::uint32_t epoch, std::size_t version, std::size_t version_end)
      : m_text(text), m_epoch(epoch), m_version(version), m_version_end(version_end) {}
  std::string_view version() const noexcept;
  std::string_view release() const noexcept; // empty where there is none

  std::string m_text;
  std::uint32_t m_epoch;
  std::size_t m_version; // where it begins
  std::size_t m_version_end;
};

} // namespace kif::sbom
