// SPDX-License-Identifier: Apache-2.0
// Whether this machine can run an image's programs.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace kif::watch {

/// process: an image for `wanted` on a machine that is `own` ("amd64", "arm64"), where the kernel has no
/// interpreter for its programs. Other pairs, such as 386 on amd64, are the kernel's to judge. `formats` is where the
/// kernel lists its interpreters (Documentation/admin-guide/binfmt-misc.rst).
Result<void> check_processor(const std::string& image, const std::string& wanted, const std::string& own,
                             const std::filesystem::path& formats = "/proc/sys/fs/binfmt_misc");

} // namespace kif::watch
