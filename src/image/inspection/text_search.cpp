// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/text_search.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <string.h>

#include "base/ascii.h"

namespace kif::image {
namespace {

constexpr std::size_t k_max_context = 256;
constexpr std::size_t k_max_runs = 64;
constexpr std::string_view k_openssl = "OpenSSL ";
constexpr std::string_view k_fips_build = "FIPS ";

std::string_view as_text(std::span<const std::byte> content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c))
    return false;
  text.remove_prefix(1);
  return true;
}

// "3.5.4 30 Sep 2025", "1.1.1w  11 Sep 2023", "1.1.1k  FIPS 25 Mar 2021" (Red Hat's), "3.0.7-fips-dev 1 Nov 2022": the
// date tells the version text from prose about OpenSSL.
std::optional<std::string> version_before_date(std::string_view text) {
  const std::string_view version = take(text, [](char c) { return c > ' ' && c <= '~'; });
  if (version.empty() || !is_digit(version.front()) || std::count(version.begin(), version.end(), '.') < 2)
    return std::nullopt;
  if (take(text, [](char c) { return c == ' '; }).empty())
    return std::nullopt;
  if (text.starts_with(k_fips_build))
    text.remove_prefix(k_fips_build.size());
  if (const auto day = take(text, is_digit); day.empty() || day.size() > 2 || !take_char(text, ' '))
    return std::nullopt;
  if (const auto month = take(text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
      month.size() != 3 || !take_char(text, ' '))
    return std::nullopt;
  if (take(text, is_digit).size() != 4)
    return std::nullopt;
  return std::string(version);
}

} // namespace

std::size_t find_bytes(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size())
    return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::vector<std::string_view> strings_with(std::span<const std::byte> content, std::string_view part) {
  const std::string_view text = as_text(content);
  std::vector<std::string_view> runs;
  std::size_t at = find_bytes(text, part, 0);
  while (at != std::string_view::npos && runs.size() < k_max_runs) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < k_max_context && is_printable(text[begin - 1]))
      --begin;
    std::size_t end = at + part.size();
    while (end < text.size() && end - at < k_max_context && is_printable(text[end]))
      ++end;
    runs.push_back(text.substr(begin, end - begin));
    at = find_bytes(text, part, end);
  }
  return runs;
}

bool has_c_string(std::span<const std::byte> content, std::string_view text) {
  std::string bounded(1, '\0');
  bounded += text;
  bounded += '\0';
  return find_bytes(as_text(content), bounded, 0) != std::string_view::npos;
}

bool has_c_string_ending_in(std::span<const std::byte> content, std::string_view text) {
  std::string bounded(text);
  bounded += '\0';
  return find_bytes(as_text(content), bounded, 0) != std::string_view::npos;
}

std::optional<std::string> openssl_version_at(std::string_view text) {
  if (!text.starts_with(k_openssl))
    return std::nullopt;
  return version_before_date(text.substr(k_openssl.size(), k_max_context));
}

} // namespace kif::image
