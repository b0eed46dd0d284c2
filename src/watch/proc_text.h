// SPDX-License-Identifier: Apache-2.0
// The text files of /proc about one thread. Read for every recorded call, so without the care and cost of an ordinary
// file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kif::watch {

/// "/proc/TID/ENTRY".
std::string proc_path(int tid, std::string_view entry);

/// Its content of at most 4 MiB, or none.
std::optional<std::string> read_proc(int tid, std::string_view entry);

/// What a link of /proc leads to; empty where it cannot be read.
std::string read_link(const std::string& path);

} // namespace kif::watch
