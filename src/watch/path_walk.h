// SPDX-License-Identifier: Apache-2.0
// What a path means to another process: in its root, from its working folder, through its own /proc/self.
#pragma once

#include <string>

#include "base/file.h"

namespace kif::watch {

/// The file that thread `tid` would open by `path`, as an O_PATH descriptor; empty where there is none or it cannot be
/// told. `directory_fd` is a descriptor of that thread, or AT_FDCWD. Symbolic links are followed, the last one too.
///
/// The kernel's own walk (openat2 with RESOLVE_IN_ROOT) answers nearly every path in one call. It refuses the links of
/// /proc that lead elsewhere (/proc/PID/fd/N, cwd, root, exe), and would take /proc/self for kif's own: those paths are
/// walked part by part.
UniqueFd open_path_of(int tid, int directory_fd, const std::string& path);

} // namespace kif::watch
