// SPDX-License-Identifier: Apache-2.0
// Files of an unpacked image, found as a program inside would find them: no link leads out of the root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"

namespace kif::watch {

/// Opens the regular file that `path` leads to within `root`, for reading; empty where there is none.
UniqueFd open_in_root(const std::filesystem::path& root, const std::string& path);

/// Its content of at most `max_bytes`, or none.
std::optional<std::string> read_in_root(const std::filesystem::path& root, const std::string& path,
                                        std::uint64_t max_bytes);

} // namespace kif::watch
