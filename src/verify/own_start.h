// SPDX-License-Identifier: Apache-2.0
// What an image starts by itself, and whether the layer reaches that: judged without running it.
#pragma once

#include "verify/findings/finding.h"
#include "verify/subject.h"

namespace kif::verify {

/// What a command line starts, behind kif-init where that is in front of it.
struct Start {
  std::vector<std::string> arguments;
  std::string defect; ///< how kif-init is started, if it starts no program so
};
Start start_behind_init(std::vector<std::string> arguments);

/// LIVE-START: could not be checked where nothing of the layer reaches the image's own program, since it is static and
/// no catch-all answers it; else it tells what is started, and by which switches of the environment.
Finding own_start(const Subject& subject);

} // namespace kif::verify
