// SPDX-License-Identifier: Apache-2.0
// A program that stays in its container and measures once for every line it reads: what starts and ends the container is not in
// the figures, and compare can take turns between two containers.
#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>

namespace bench {

inline std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

/// `measure` gives nanoseconds, or a negative number where it failed; that ends the program with exit code 1.
template <class Measure> int for_each_line(Measure measure) {
  for (int c = 0; (c = std::getchar()) != EOF;) {
    if (c != '\n')
      continue;
    const double ns = measure();
    if (ns < 0)
      return 1;
    std::printf("%.1f\n", ns);
    std::fflush(stdout);
  }
  return 0;
}

} // namespace bench
