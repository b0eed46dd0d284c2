// SPDX-License-Identifier: Apache-2.0
#include "broker/generator.h"

#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "broker/socket_io.h"

namespace kif::broker {
namespace {

struct Counts {
  std::atomic<int> drawn{0};
  std::atomic<int> rested{0};

  static bool draw(void* self, std::span<std::byte>) {
    ++static_cast<Counts*>(self)->drawn;
    return true;
  }
  static void rest(void* self) { ++static_cast<Counts*>(self)->rested; }
};

bool draw_over(int link) {
  const std::uint32_t wanted = 16;
  std::array<std::byte, 17> answer{};
  return send_all(link, std::as_bytes(std::span(&wanted, 1))) && receive_all(link, answer) && answer[0] == k_drawn;
}

TEST(Generator, ItRestsOnceAfterEachTimeOfDraws) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  Counts counts;
  std::thread generator([&] { serve_draws(theirs.get(), Counts::draw, &counts, Counts::rest); });
  for (int round = 0; round < 2; ++round) {
    const int before = counts.rested;
    ASSERT_TRUE(draw_over(ours.get()));
    while (counts.rested == before)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    // It may have rested just before the draw as well. Once it has after it, it does not do so again.
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * k_idle_ms));
    const int after = counts.rested;
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * k_idle_ms));
    EXPECT_EQ(counts.rested, after);
  }
  EXPECT_EQ(counts.drawn, 2);
  ours.reset();
  generator.join();
}

} // namespace
} // namespace kif::broker
