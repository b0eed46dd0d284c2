// SPDX-License-Identifier: Apache-2.0
// Files that hold what a rendering must be. Regenerate with KIF_UPDATE_GOLDEN=1, and read the difference.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/file.h"

namespace kif {

inline std::string golden(const std::string& path, const std::string& rendered) {
  if (std::getenv("KIF_UPDATE_GOLDEN") != nullptr)
    std::ofstream(path) << rendered;
  return read_file(path, 1024 * 1024).value_or("no such file: " + path);
}

} // namespace kif
