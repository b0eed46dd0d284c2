// SPDX-License-Identifier: Apache-2.0
// Files of an unpacked root file system, found as a program inside would find them: no link leads out of the root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kif {

/// Opens the regular file that `path` leads to within `root`, for reading; empty where there is none.
UniqueFd open_in_root(const std::filesystem::path& root, const std::string& path);

/// Its content of at most `max_bytes`, or none.
std::optional<std::string> read_in_root(const std::filesystem::path& root, const std::string& path,
                                        std::uint64_t max_bytes);

/// The same where it matters why: none where there is nothing or no regular file. Errors name `path` and `root`;
/// too_large over `max_bytes`, denied without the permission.
Result<std::optional<std::string>> read_in_root_if_there(const std::filesystem::path& root, const std::string& path,
                                                         std::uint64_t max_bytes);

/// The names of what lies in the folder that `path` leads to within `root`, sorted; none where there is no such folder;
/// too_large where there are more than `max_names`.
Result<std::vector<std::string>> list_in_root(const std::filesystem::path& root, const std::string& path,
                                              std::size_t max_names);

} // namespace kif
