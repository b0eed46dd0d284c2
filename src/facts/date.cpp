// SPDX-License-Identifier: Apache-2.0
#include "facts/date.h"

#include <array>
#include <cstdio>

#include "base/quote.h"

namespace kif::facts {
namespace {

// The number that `count` digits at `at` write.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (text.size() < at + count)
    return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9')
      return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool has(std::string_view text, std::size_t at, std::string_view any_of) noexcept {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

std::optional<Date> date_at_start(std::string_view text) noexcept {
  const auto year = number_at(text, 0, 4);
  const auto month = number_at(text, 5, 2);
  const auto day = number_at(text, 8, 2);
  if (!year || !month || !day || !has(text, 4, "-") || !has(text, 7, "-"))
    return std::nullopt;
  const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                  std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

// "Z", "+02:00", "-00:30", and nothing behind it.
std::optional<std::chrono::minutes> offset_of(std::string_view text) noexcept {
  if (text.size() == 1 && has(text, 0, "Zz"))
    return std::chrono::minutes(0);
  const auto hours = number_at(text, 1, 2);
  const auto minutes = number_at(text, 4, 2);
  if (text.size() != 6 || !has(text, 0, "+-") || !has(text, 3, ":") || !hours || !minutes || *hours > 23 ||
      *minutes > 59)
    return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

} // namespace

Result<Date> parse_date(std::string_view text) {
  const auto date = date_at_start(text);
  if (!date || text.size() != 10)
    return fail(Error(ErrorCode::invalid_input, "not a date: " + in_quotes(text))
                    .with_mismatch("year-month-day, such as 2024-11-07", in_quotes(text)));
  return *date;
}

std::string to_string(const Date& date) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::optional<Moment> parse_moment(std::string_view text) noexcept {
  const auto date = date_at_start(text);
  const auto hour = number_at(text, 11, 2);
  const auto minute = number_at(text, 14, 2);
  const auto second = number_at(text, 17, 2);
  if (!date || !has(text, 10, "Tt") || !hour || !has(text, 13, ":") || !minute || !has(text, 16, ":") || !second ||
      *hour > 23 || *minute > 59 || *second > 60) // 60: a leap second
    return std::nullopt;
  std::size_t end = 19;
  if (has(text, end, ".")) {
    const std::size_t first_digit = ++end;
    while (has(text, end, "0123456789"))
      ++end;
    if (end == first_digit)
      return std::nullopt;
  }
  const auto offset = offset_of(text.substr(end));
  if (!offset)
    return std::nullopt;
  return std::chrono::sys_days(*date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) - *offset;
}

} // namespace kif::facts
