// SPDX-License-Identifier: Apache-2.0
#include "sbom/version/version_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/quote.h"

namespace kif::sbom {
namespace {

std::string cannot_read(std::string_view kind, std::string_view text) {
  return "cannot read " + std::string(kind) + " version " + in_quotes(text) + ": ";
}

std::string_view without_leading_zeros(std::string_view digits) noexcept {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

} // namespace

std::strong_ordering compare_numbers(std::string_view left, std::string_view right) noexcept {
  left = without_leading_zeros(left);
  right = without_leading_zeros(right);
  if (left.size() != right.size())
    return left.size() <=> right.size();
  return left <=> right;
}

Result<void> check_length(std::string_view kind, std::string_view text) {
  if (text.empty())
    return fail(ErrorCode::invalid_input, cannot_read(kind, text) + "it is empty");
  if (text.size() > k_longest_version)
    return fail(Error(ErrorCode::too_large, cannot_read(kind, text) + "it is too long")
                    .with_mismatch("at most " + std::to_string(k_longest_version) + " bytes",
                                   std::to_string(text.size()) + " bytes"));
  return {};
}

Error refused_at(std::string_view kind, std::string_view text, std::size_t position, std::string_view reason,
                 std::string_view expected) {
  std::string message = cannot_read(kind, text);
  message += std::string(reason) + " at character " + std::to_string(position + 1);
  return Error(ErrorCode::invalid_input, std::move(message))
      .with_mismatch(std::string(expected), position < text.size() ? in_quotes(text.substr(position, 1)) : "the end");
}

Result<Epoch> read_epoch(std::string_view kind, std::string_view text, std::uint32_t largest) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return Epoch{0, 0};
  const std::string_view digits = text.substr(0, colon);
  const std::size_t count = run_length(digits, is_digit);
  if (count == 0 || count != colon)
    return fail(refused_at(kind, text, count, "no epoch before the colon", "digits, then \":\""));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || value > largest)
    return fail(Error(ErrorCode::invalid_input, cannot_read(kind, text) + "the epoch is too large")
                    .with_mismatch("at most " + std::to_string(largest), std::string(digits)));
  return Epoch{value, colon + 1};
}

} // namespace kif::sbom
