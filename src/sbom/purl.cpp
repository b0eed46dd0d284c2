// SPDX-License-Identifier: Apache-2.0
#include "sbom/purl.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/quote.h"
#include "sbom/version/version_text.h"

namespace kif::sbom {
namespace {

Error refused(std::string_view text, std::string_view reason) {
  return {ErrorCode::invalid_input, "cannot read package URL " + in_quotes(text) + ": " + std::string(reason)};
}

int hex_value(char c) noexcept {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// None where a % is not followed by two hex digits, or a control character comes out: it has no place in a name.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0)
        return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return std::nullopt;
    result += c;
  }
  return result;
}

/// The part of `text` before its first `mark`, and what stands behind; all of it and nothing where there is none.
std::pair<std::string_view, std::string_view> split_at_first(std::string_view text, char mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::pair(text, std::string_view())
                                      : std::pair(text.substr(0, at), text.substr(at + 1));
}

constexpr std::string_view k_bad_percent = "a % is not followed by two hex digits, or stands for a control character";

Result<std::vector<std::pair<std::string, std::string>>> read_qualifiers(std::string_view text, std::string_view list) {
  std::vector<std::pair<std::string, std::string>> result;
  while (!list.empty()) {
    const auto [one, rest] = split_at_first(list, '&');
    list = rest;
    const auto [key_text, value_text] = split_at_first(one, '=');
    if (value_text.empty())
      continue; // "A key=value pair with an empty value is the same as no key=value at all for this key"
    std::string key = lower_case(key_text);
    const auto is_key_character = [](char c) { return is_lower(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; };
    if (key.empty() || !std::ranges::all_of(key, is_key_character))
      return fail(refused(text, "a qualifier has no valid key"));
    if (std::ranges::any_of(result, [&](const auto& other) { return other.first == key; }))
      return fail(refused(text, "qualifier \"" + key + "\" appears twice"));
    auto value = decoded(value_text);
    if (!value)
      return fail(refused(text, k_bad_percent));
    result.emplace_back(std::move(key), std::move(*value));
  }
  return result;
}

} // namespace

Result<Purl> Purl::parse(std::string_view text) {
  if (text.size() > k_longest_purl)
    return fail(ErrorCode::too_large, "cannot read package URL " + in_quotes(text) + ": longer than the bound of " +
                                          std::to_string(k_longest_purl) + " bytes");
  Purl result;
  const auto [before_subpath, subpath] = split_at_first(text, '#');
  const auto [path, qualifiers] = split_at_first(before_subpath, '?');

  const auto [scheme, after_scheme] = split_at_first(path, ':');
  if (scheme.size() == path.size() || lower_case(scheme) != "pkg")
    return fail(refused(text, "it does not begin with \"pkg:\""));
  std::string_view rest = after_scheme;
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));

  const std::size_t slash = rest.find('/');
  result.type = lower_case(rest.substr(0, slash));
  const auto is_type_character = [](char c) { return is_lower(c) || is_digit(c) || c == '.' || c == '-' || c == '+'; };
  if (slash == std::string_view::npos || result.type.empty() || is_digit(result.type[0]) ||
      !std::ranges::all_of(result.type, is_type_character))
    return fail(refused(text, "it has no valid type"));
  rest.remove_prefix(slash + 1);

  // A version's own slashes and at signs are encoded; the namespace of npm, "@scope", often is not.
  const std::size_t last_slash = rest.rfind('/');
  const std::size_t name_begin = last_slash == std::string_view::npos ? 0 : last_slash + 1;
  const std::size_t at = rest.rfind('@');
  const bool has_version = at != std::string_view::npos && at >= name_begin;
  const std::string_view name_text = rest.substr(name_begin, has_version ? at - name_begin : std::string_view::npos);
  const std::string_view version_text = has_version ? rest.substr(at + 1) : std::string_view();

  std::string_view segments = rest.substr(0, last_slash == std::string_view::npos ? 0 : last_slash);
  while (!segments.empty()) {
    const auto [segment, more] = split_at_first(segments, '/');
    segments = more;
    const auto value = decoded(segment);
    if (!value)
      return fail(refused(text, k_bad_percent));
    if (!value->empty())
      result.name_space += (result.name_space.empty() ? "" : "/") + *value;
  }
  auto name = decoded(name_text);
  auto version = decoded(version_text);
  if (!name || !version)
    return fail(refused(text, k_bad_percent));
  if (name->empty())
    return fail(refused(text, "it has no name"));
  result.name = std::move(*name);
  result.version = std::move(*version);
  KIF_TRY(result.qualifiers, read_qualifiers(text, qualifiers));
  return result;
}

std::string_view Purl::qualifier(std::string_view key) const noexcept {
  const auto found = std::ranges::find(qualifiers, key, [](const auto& one) { return std::string_view(one.first); });
  return found == qualifiers.end() ? std::string_view() : std::string_view(found->second);
}

Ecosystem Purl::ecosystem() const noexcept {
  if (type == "apk" || type == "alpine") // what older syft wrote
    return Ecosystem::apk;
  if (type == "deb")
    return Ecosystem::deb;
  return type == "rpm" ? Ecosystem::rpm : Ecosystem::other;
}

std::string make_purl(Ecosystem ecosystem, std::string_view name, std::string_view version,
                      std::string_view architecture) {
  if (ecosystem == Ecosystem::other)
    return {};
  const auto encoded = [](std::string_view text) {
    constexpr std::string_view k_hex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                            c == '-' || c == '_' || c == '~' || c == ':';
      if (is_plain)
        result += c;
      else
        result += {'%', k_hex[byte >> 4U], k_hex[byte & 15U]};
    }
    return result;
  };
  std::string purl = "pkg:" + std::string(to_string(ecosystem)) + "/" + encoded(name);
  if (!version.empty())
    purl += "@" + encoded(version);
  return architecture.empty() ? purl : purl + "?arch=" + encoded(architecture);
}

bool is_of_package_manager(std::string_view text) {
  const auto purl = Purl::parse(text);
  return purl && purl->ecosystem() != Ecosystem::other;
}

} // namespace kif::sbom
