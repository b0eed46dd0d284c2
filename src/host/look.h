// SPDX-License-Identifier: Apache-2.0
// All of `kif host`: looks at the machine that it runs on.
#pragma once

#include <string>
#include <vector>

#include "host/report.h"

namespace kif::host {

struct Places {
  std::vector<std::string> jitter_libraries; ///< libjitterentropy.so.3: the first that is there is used
  bool has_payload = false;
};

/// Takes about 0.2 s on hardware. Forks children that end before it returns: call it where no other thread runs.
Report look(const Places& places);

} // namespace kif::host
