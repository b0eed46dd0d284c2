// SPDX-License-Identifier: Apache-2.0
#include "verify/lanes.h"

#include <atomic>
#include <barrier>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

TEST(LanesTest, AllRunAtOnce) {
  std::barrier all(3); // or nobody passes
  std::atomic<int> passed{0};
  run_in_lanes(3, [&] {
    all.arrive_and_wait();
    ++passed;
  });
  EXPECT_EQ(passed, 3);
}

TEST(LanesTest, AnExceptionInAnotherThreadComesOutHereOnceAllHaveEnded) {
  const auto here = std::this_thread::get_id();
  std::barrier all(3);
  std::atomic<int> ended{0};
  EXPECT_THROW(run_in_lanes(3,
                            [&] {
                              all.arrive_and_wait();
                              ++ended;
                              if (std::this_thread::get_id() != here)
                                throw std::runtime_error("a bug");
                            }),
               std::runtime_error);
  EXPECT_EQ(ended, 3);
}

TEST(LanesTest, AnExceptionInThisThreadWaitsForTheOthers) {
  const auto here = std::this_thread::get_id();
  std::barrier all(2);
  std::atomic<int> ended{0};
  EXPECT_THROW(run_in_lanes(2,
                            [&] {
                              all.arrive_and_wait();
                              if (std::this_thread::get_id() == here)
                                throw std::runtime_error("a bug");
                              ++ended;
                            }),
               std::runtime_error);
  EXPECT_EQ(ended, 1);
}

} // namespace
} // namespace kif::verify
