// SPDX-License-Identifier: Apache-2.0
// Days and moments as rules, images and SBOMs write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::facts {

using Date = std::chrono::year_month_day;
using Moment = std::chrono::sys_seconds;

/// "2024-11-07", a day that there was. invalid_input: anything else.
Result<Date> parse_date(std::string_view text);
std::string to_string(const Date& date);

/// RFC 3339, "2024-11-07T10:00:00.5+02:00", fractions dropped; none for anything else.
std::optional<Moment> parse_moment(std::string_view text) noexcept;

} // namespace kif::facts
