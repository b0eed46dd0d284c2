// SPDX-License-Identifier: Apache-2.0
// A container's /dev, made by kif and bind-mounted: a runtime that sets up /dev itself would put working random devices
// there.
#pragma once

#include <filesystem>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "watch/container.h"

namespace kif::watch {

/// Fills the empty `folder` and gives the mounts that make it the container's /dev, in order: the folder itself,
/// read-only; a terminal and shared-memory file system; the host's null, zero, full and tty.
///
/// In deny mode random, urandom and hwrng are sockets of the file system: open(2) of one gives ENXIO to everybody, root
/// too. They cannot be replaced from inside: the folder is mounted read-only, and there is no CAP_MKNOD. (A missing
/// file would read ENOENT, which is no refusal but another kind of system, and one that a program could make itself.)
/// In the other modes they are the host's own; hwrng only where the host has one.
Result<nlohmann::ordered_json> make_device_folder(const std::filesystem::path& folder, Mode mode);

} // namespace kif::watch
