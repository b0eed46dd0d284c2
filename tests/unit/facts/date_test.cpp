// SPDX-License-Identifier: Apache-2.0
#include "facts/date.h"

#include <gtest/gtest.h>

namespace kif::facts {
namespace {

constexpr Moment k_noon = std::chrono::sys_days(std::chrono::year(2024) / 11 / 7) + std::chrono::hours(12);

TEST(Date, IsADayThatThereWas) {
  EXPECT_EQ(to_string(parse_date("2024-02-29").value()), "2024-02-29");
  EXPECT_EQ(to_string(parse_date("0001-01-01").value()), "0001-01-01");
  for (const char* bad : {"2023-02-29", "2024-00-01", "2024-1-1", "", "2024-11-07 ", "20241107", "+024-11-07"})
    EXPECT_FALSE(parse_date(bad)) << bad;
}

TEST(Date, MomentsAreOfRfc3339) {
  for (const char* noon : {"2024-11-07T12:00:00Z", "2024-11-07t12:00:00z", "2024-11-07T12:00:00.999999999Z",
                           "2024-11-07T14:30:00+02:30", "2024-11-06T23:00:00-13:00"})
    EXPECT_EQ(parse_moment(noon), k_noon) << noon;
  for (const char* bad :
       {"", "2024-11-07", "2024-11-07T12:00:00", "2024-11-07 12:00:00Z", "2024-11-07T24:00:00Z", "2024-11-07T12:60:00Z",
        "2024-11-07T12:00:00.Z", "2024-11-07T12:00:00+2:00", "2024-11-07T12:00:00+24:00", "2024-11-07T12:00:00Zx",
        "2024-11-31T12:00:00Z", "2024-11-07T12:00Z", "yesterday"})
    EXPECT_EQ(parse_moment(bad), std::nullopt) << bad;
}

} // namespace
} // namespace kif::facts
