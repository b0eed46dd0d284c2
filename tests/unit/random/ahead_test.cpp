// SPDX-License-Identifier: Apache-2.0
#include "random/ahead.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::random {
namespace {

int g_draws = 0;
bool g_may = true;

AheadDraw draw(void* buffer, std::size_t length) noexcept {
  ++g_draws;
  std::memset(buffer, g_draws, length);
  return AheadDraw::drawn;
}
bool may_make_memory() noexcept {
  return g_may;
}
constexpr AheadSource k_source{draw, may_make_memory};

/// In a process of its own each, since what it is about lasts as long as the process.
template <class Body> int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

/// How many of `count` requests were served ahead.
int take(int count) {
  int served = 0;
  std::array<unsigned char, 16> bytes{};
  for (int i = 0; i < count; ++i)
    served += take_ahead(bytes.data(), bytes.size(), k_source, false) ? 1 : 0;
  return served;
}

TEST(Ahead, AllButTheFirstRequestsOfAProcessAreServed) {
  EXPECT_EQ(in_child([] { return take(100) == 92 && g_draws == 1; }), 0);
}

TEST(Ahead, NoMemoryIsMadeWhereThatMayBeTheEndAndNotLaterEither) {
  EXPECT_EQ(in_child([] {
              g_may = false;
              if (take(100) != 0 || g_draws != 0)
                return false;
              g_may = true; // a filter does not go away
              return take(100) == 0 && g_draws == 0;
            }),
            0);
}

TEST(Ahead, MemoryThatIsThereGoesOnToBeUsed) {
  EXPECT_EQ(in_child([] {
              const bool before = take(20) == 12;
              g_may = false;
              return before && take(200) == 200 && g_draws == 2;
            }),
            0);
}

TEST(Ahead, AChildStartsWithNothingThatItsParentHas) {
  EXPECT_EQ(in_child([] {
              if (take(20) != 12)
                return false;
              return in_child([] { return take(1) == 1 && g_draws == 2; }) == 0;
            }),
            0);
}

} // namespace
} // namespace kif::random
