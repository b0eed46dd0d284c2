// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/deb_version.h"

#include <algorithm>
#include <limits>

#include "sbom/version/version_text.h"

namespace kif::sbom {
namespace {

// dpkg keeps the epoch in an int.
constexpr std::uint32_t k_largest_epoch = std::numeric_limits<std::int32_t>::max();

// deb-version(7), "Sorting algorithm": a tilde before the end of a part, letters after it, all else after the letters.
int weight(std::string_view part, std::size_t position) noexcept {
  constexpr int k_after_letters = 256;
  if (position >= part.size())
    return 0;
  const char c = part[position];
  if (c == '~')
    return -1;
  return static_cast<unsigned char>(c) + (is_letter(c) ? 0 : k_after_letters);
}

bool is_no_digit(char c) noexcept {
  return !is_digit(c);
}

std::string_view take(std::string_view& text, bool (*is_one)(char) noexcept) noexcept {
  const std::size_t size = run_length(text, is_one);
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

std::weak_ordering compare_strings(std::string_view left, std::string_view right) noexcept {
  while (!left.empty() || !right.empty()) {
    const std::string_view one = take(left, is_no_digit);
    const std::string_view other = take(right, is_no_digit);
    for (std::size_t i = 0; i < std::max(one.size(), other.size()); ++i) {
      if (const auto order = weight(one, i) <=> weight(other, i); std::is_neq(order))
        return order;
    }
    const std::string_view number = take(left, is_digit);
    if (const auto order = compare_numbers(number, take(right, is_digit)); std::is_neq(order))
      return order;
  }
  return std::weak_ordering::equivalent;
}

Result<void> check_characters(std::string_view text, std::size_t begin, std::size_t end, std::string_view others) {
  for (std::size_t i = begin; i < end; ++i) {
    if (!is_digit(text[i]) && !is_letter(text[i]) && others.find(text[i]) == std::string_view::npos)
      return fail(refused_at("deb", text, i, "wrong", "a letter, a digit or one of " + std::string(others)));
  }
  return {};
}

} // namespace

Result<DebVersion> DebVersion::parse(std::string_view text) {
  KIF_CHECK(check_length("deb", text));
  KIF_TRY(const Epoch epoch, read_epoch("deb", text, k_largest_epoch));
  const std::size_t hyphen = text.rfind('-');
  const bool has_revision = hyphen != std::string_view::npos;
  const std::size_t upstream_end = has_revision ? hyphen : text.size();
  if (epoch.end >= upstream_end || !is_digit(text[epoch.end]))
    return fail(refused_at("deb", text, epoch.end, "no upstream version", "a digit"));
  KIF_CHECK(check_characters(text, epoch.end, upstream_end, epoch.end > 0 ? ".+-~:" : ".+-~"));
  if (has_revision) {
    if (hyphen + 1 == text.size())
      return fail(
          refused_at("deb", text, text.size(), "no revision after the last hyphen", "a letter, a digit or one of .+~"));
    KIF_CHECK(check_characters(text, hyphen + 1, text.size(), ".+~"));
  }
  return DebVersion(text, epoch.value, epoch.end, upstream_end);
}

std::string_view DebVersion::upstream() const noexcept {
  return std::string_view(m_text).substr(m_upstream, m_upstream_end - m_upstream);
}

std::string_view DebVersion::revision() const noexcept {
  return std::string_view(m_text).substr(std::min(m_upstream_end + 1, m_text.size()));
}

std::weak_ordering operator<=>(const DebVersion& left, const DebVersion& right) noexcept {
  if (left.m_epoch != right.m_epoch)
    return left.m_epoch <=> right.m_epoch;
  if (const auto order = compare_strings(left.upstream(), right.upstream()); std::is_neq(order))
    return order;
  return compare_strings(left.revision(), right.revision());
}

} // namespace kif::sbom
