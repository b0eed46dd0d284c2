// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/base64.h"

#include <array>
#include <cstdint>

#include "base/quote.h"

namespace kif::sbom {
namespace {

constexpr std::uint8_t k_none = 0xFF;
constexpr std::string_view k_standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Six bits of each character. "-" and "_" stand beside "+" and "/"; that one text has but one pair is looked at apart.
constexpr std::array<std::uint8_t, 256> k_bits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(k_none);
  for (std::size_t i = 0; i < k_standard.size(); ++i)
    table[static_cast<unsigned char>(k_standard[i])] = static_cast<std::uint8_t>(i);
  table['-'] = table['+'];
  table['_'] = table['/'];
  return table;
}();

constexpr std::uint32_t bits_of(char c) noexcept {
  return k_bits[static_cast<unsigned char>(c)];
}

} // namespace

Result<std::string> decode_base64(std::string_view text, const std::string& where, const std::string& what) {
  const auto refused = [&](const std::string& reason) {
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": " + what + " is not base64: " + reason);
  };
  std::string_view digits = text;
  if (text.size() % 4 == 0)
    for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding)
      digits.remove_suffix(1);
  const auto has = [&](char c) { return digits.find(c) != std::string_view::npos; };
  if ((has('+') || has('/')) && (has('-') || has('_')))
    return refused("it mixes the standard and the URL-safe alphabet");
  if (digits.size() % 4 == 1)
    return refused("it ends at byte " + std::to_string(text.size()) + " within a group of four");

  std::string bytes;
  bytes.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::uint32_t six = bits_of(digits[i]);
    if (six == k_none)
      return refused(in_quotes(digits.substr(i, 1)) + " at byte " + std::to_string(i));
    group = group << 6U | six;
    if (i % 4 == 3) {
      bytes += static_cast<char>(group >> 16U);
      bytes += static_cast<char>(group >> 8U & 0xFFU);
      bytes += static_cast<char>(group & 0xFFU);
      group = 0;
    }
  }
  // Two digits left are 8 bits and 4 that must be 0; three are 16 bits and 2.
  const std::size_t left = digits.size() % 4;
  if (left != 0 && (group & (left == 2 ? 0xFU : 0x3U)) != 0)
    return refused("bits are left over at byte " + std::to_string(digits.size() - 1));
  if (left == 2)
    bytes += static_cast<char>(group >> 4U);
  if (left == 3) {
    bytes += static_cast<char>(group >> 10U);
    bytes += static_cast<char>(group >> 2U & 0xFFU);
  }
  return bytes;
}

} // namespace kif::sbom
