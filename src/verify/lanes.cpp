// SPDX-License-Identifier: Apache-2.0
#include "verify/lanes.h"

#include <future>
#include <system_error>
#include <vector>

namespace kif::verify {

void run_in_lanes(unsigned count, const std::function<void()>& lane) {
  std::vector<std::future<void>> others; // each waits for its thread when it goes
  try {
    for (unsigned i = 1; i < count; ++i)
      others.push_back(std::async(std::launch::async, lane));
  } catch (const std::system_error&) { // this one does their work too
  }
  lane();
  for (std::future<void>& other : others)
    other.get();
}

} // namespace kif::verify
