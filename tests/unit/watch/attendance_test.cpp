// SPDX-License-Identifier: Apache-2.0
#include "watch/attendance.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::watch {
namespace {

constexpr std::string_view k_head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

std::string row(const std::string& local, const std::string& state) {
  return "   0: " + local + " 00000000:0000 " + state +
         " 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000000000000000 100 0 0 10 0\n";
}

TEST(AttendanceTest, APortIsOpenWhereSomethingListens) {
  const std::string table = std::string(k_head) + row("0100007F:1F90", "0A") + row("0100007F:0050", "01");
  EXPECT_TRUE(listens(table, 8080));
  EXPECT_FALSE(listens(table, 80)) << "a connection, and nobody who listens";
  EXPECT_FALSE(listens(table, 8081));
  EXPECT_TRUE(listens(std::string(k_head) + row("00000000000000000000000000000000:0050", "0A"), 80)) << "tcp6";
}

TEST(AttendanceTest, ATableThatIsNoneListensNowhere) {
  for (const char* text : {"", "\n", "a", "0: :: x 0A", "0: 00000000:00500050 0:0 0A", "0: 00000000:00G0 0:0 0A"})
    EXPECT_FALSE(listens(text, 80)) << text;
}

} // namespace
} // namespace kif::watch
