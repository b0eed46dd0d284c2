// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/rpm_version.h"

#include <algorithm>
#include <limits>

#include "sbom/version/version_text.h"

namespace kif::sbom {
namespace {

// An rpm header holds the epoch in 32 bits.
constexpr std::uint32_t k_largest_epoch = std::numeric_limits<std::uint32_t>::max();

// In their order where two versions first differ in kind (rpm-version(7), "Comparing"): 1~a < 1 < 1^a < 1a < 1.1.
enum class Kind : std::uint8_t { tilde, end, caret, letters, number };

struct Segment {
  Kind kind;
  std::string_view text;
};

constexpr bool is_separator(char c) noexcept {
  return c == '.' || c == '_' || c == '+';
}

Segment take_segment(std::string_view& text) noexcept {
  text.remove_prefix(run_length(text, is_separator));
  if (text.empty())
    return {Kind::end, {}};
  Segment segment{Kind::letters, {}};
  std::size_t size = 1;
  if (text.front() == '~') {
    segment.kind = Kind::tilde;
  } else if (text.front() == '^') {
    segment.kind = Kind::caret;
  } else if (is_digit(text.front())) {
    segment.kind = Kind::number;
    size = run_length(text, is_digit);
  } else {
    size = run_length(text, is_letter);
  }
  segment.text = text.substr(0, size);
  text.remove_prefix(size);
  return segment;
}

std::weak_ordering compare_components(std::string_view left, std::string_view right) noexcept {
  for (;;) {
    const Segment one = take_segment(left);
    const Segment other = take_segment(right);
    if (one.kind != other.kind)
      return one.kind <=> other.kind;
    if (one.kind == Kind::end)
      return std::weak_ordering::equivalent;
    const auto order = one.kind == Kind::number ? compare_numbers(one.text, other.text) : one.text <=> other.text;
    if (std::is_neq(order))
      return order;
  }
}

Result<void> check_component(std::string_view text, std::size_t begin, std::size_t end, std::string_view name) {
  bool has_content = false;
  for (std::size_t i = begin; i < end; ++i) {
    const char c = text[i];
    if (is_digit(c) || is_letter(c))
      has_content = true;
    else if (!is_separator(c) && c != '~' && c != '^')
      return fail(refused_at("rpm", text, i, "wrong", "a letter, a digit or one of ._+~^"));
  }
  if (!has_content)
    return fail(refused_at("rpm", text, end, "no " + std::string(name), "a letter or a digit"));
  return {};
}

} // namespace

Result<RpmVersion> RpmVersion::parse(std::string_view text) {
  KIF_CHECK(check_length("rpm", text));
  KIF_TRY(const Epoch epoch, read_epoch("rpm", text, k_largest_epoch));
  const std::size_t version_end = std::min(text.find('-', epoch.end), text.size());
  KIF_CHECK(check_component(text, epoch.end, version_end, "version"));
  if (version_end < text.size())
    KIF_CHECK(check_component(text, version_end + 1, text.size(), "release"));
  return RpmVersion(text, epoch.value, epoch.end, version_end);
}

std::string_view RpmVersion::version() const noexcept {
  return std::string_view(m_text).substr(m_version, m_version_end - m_version);
}

std::string_view RpmVersion::release() const noexcept {
  return std::string_view(m_text).substr(std::min(m_version_end + 1, m_text.size()));
}

std::weak_ordering operator<=>(const RpmVersion& left, const RpmVersion& right) noexcept {
  if (left.m_epoch != right.m_epoch)
    return left.m_epoch <=> right.m_epoch;
  if (const auto order = compare_components(left.version(), right.version()); std::is_neq(order))
    return order;
  // rpm: "an EVR with more components is considered newer", whatever the release; but "-~rc1" would be older than
  // nothing.
  const std::string_view one = left.release();
  const std::string_view other = right.release();
  if (one.empty() || other.empty())
    return one.size() <=> other.size();
  return compare_components(one, other);
}

} // namespace kif::sbom
