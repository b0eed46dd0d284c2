// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/apk_version.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sbom/version/version_text.h"

namespace kif::sbom {
namespace {

// apk-package(5): the suffixes in their order, those that come before the version they stand at and those that come
// after it.
constexpr std::array<std::string_view, 4> k_pre_release = {"alpha", "beta", "pre", "rc"};
constexpr std::array<std::string_view, 5> k_post_release = {"cvs", "svn", "git", "hg", "p"};

constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

template <std::size_t size>
std::size_t place_of(const std::array<std::string_view, size>& names, std::string_view name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

} // namespace

static_assert(k_longest_version <= std::numeric_limits<std::uint8_t>::max());

class ApkVersion::Parser {
public:
  explicit Parser(std::string_view text) : m_version(text), m_text(text) {}

  Result<ApkVersion> parse() && {
    KIF_CHECK(run(Kind::first_number, is_digit, "a digit"));
    m_may_follow = R"(".", a letter a-z, "_", "~", "-r" or the end)";
    while (take('.'))
      KIF_CHECK(run(Kind::number, is_digit, "a digit"));
    if (is_lower(next())) {
      add(Kind::letter, 1);
      m_may_follow = R"("_", "~", "-r" or the end)";
    }
    while (take('_'))
      KIF_CHECK(suffix());
    if (take('~')) {
      KIF_CHECK(run(Kind::hash, is_hex_digit, "a hash of digits 0-9 and a-f"));
      m_may_follow = R"(0-9, a-f, "-r" or the end)";
    }
    if (take('-')) {
      if (!take('r'))
        return fail(refuse(R"("r" and the number of the revision)"));
      KIF_CHECK(run(Kind::revision, is_digit, "the number of the revision"));
      m_may_follow = "a digit or the end";
    }
    if (m_at < m_text.size())
      return fail(refuse(m_may_follow));
    add(Kind::end, 0);
    return std::move(m_version);
  }

private:
  char next() const noexcept { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

  bool take(char c) noexcept {
    const bool is_there = m_at < m_text.size() && m_text[m_at] == c;
    m_at += is_there ? 1 : 0;
    return is_there;
  }

  void add(Kind kind, std::size_t size, std::size_t place = 0) {
    m_version.m_tokens.push_back(
        {kind, static_cast<std::uint8_t>(place), static_cast<std::uint8_t>(m_at), static_cast<std::uint8_t>(size)});
    m_at += size;
  }

  Error refuse(std::string_view expected) const { return refused_at("apk", m_text, m_at, "wrong", expected); }

  Result<void> run(Kind kind, bool (*is_one)(char) noexcept, std::string_view expected) {
    const std::size_t size = run_length(m_text.substr(m_at), is_one);
    if (size == 0)
      return fail(refuse(expected));
    add(kind, size);
    return {};
  }

  Result<void> suffix() {
    const std::size_t size = run_length(m_text.substr(m_at), is_lower);
    const std::string_view name = m_text.substr(m_at, size);
    if (const std::size_t before = place_of(k_pre_release, name); before < k_pre_release.size()) {
      add(Kind::pre_release_suffix, size, before);
    } else if (const std::size_t after = place_of(k_post_release, name); after < k_post_release.size()) {
      add(Kind::post_release_suffix, size, after);
    } else {
      return fail(refused_at("apk", m_text, m_at, "no known suffix",
                             "alpha, beta, pre, rc, cvs, svn, git, hg or p, then digits or none"));
    }
    m_may_follow = R"("_", "~", "-r" or the end)";
    if (is_digit(next()))
      KIF_CHECK(run(Kind::suffix_number, is_digit, "a digit"));
    return {};
  }

  ApkVersion m_version;
  std::string_view m_text;
  std::size_t m_at = 0;
  std::string_view m_may_follow;
};

Result<ApkVersion> ApkVersion::parse(std::string_view text) {
  KIF_CHECK(check_length("apk", text));
  return Parser(text).parse();
}

std::weak_ordering ApkVersion::compare_parts(const Token& left, std::string_view left_text, const Token& right,
                                             std::string_view right_text) noexcept {
  switch (left.kind) {
  case Kind::number:
    if (left_text.front() == '0' || right_text.front() == '0')
      return left_text <=> right_text;
    return compare_numbers(left_text, right_text);
  case Kind::first_number:
  case Kind::suffix_number:
  case Kind::revision:
    return compare_numbers(left_text, right_text);
  case Kind::pre_release_suffix:
  case Kind::post_release_suffix:
    return left.suffix <=> right.suffix;
  case Kind::letter:
  case Kind::hash:
  case Kind::end:
    break;
  }
  return left_text <=> right_text;
}

std::weak_ordering operator<=>(const ApkVersion& left, const ApkVersion& right) noexcept {
  for (std::size_t i = 0; i < left.m_tokens.size() && i < right.m_tokens.size(); ++i) {
    const ApkVersion::Token& one = left.m_tokens[i];
    const ApkVersion::Token& other = right.m_tokens[i];
    if (one.kind != other.kind)
      return one.kind <=> other.kind;
    if (const auto order = ApkVersion::compare_parts(one, left.part(one), other, right.part(other)); std::is_neq(order))
      return order;
  }
  // Both were read to their end tokens: until there, two versions whose kinds are the same have as many.
  return std::weak_ordering::equivalent;
}

} // namespace kif::sbom
