// SPDX-License-Identifier: Apache-2.0
// Where kif's own files are: beside the program, in the build tree as after installation.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace kif::cli {

/// <prefix>/lib/kif for a kif that runs as <prefix>/bin/kif, links resolved. not_found where that folder is missing.
Result<std::filesystem::path> payload_folder();

} // namespace kif::cli
