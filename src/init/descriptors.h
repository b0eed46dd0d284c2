// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/file.h"

namespace kif::init {

/// Closes every descriptor of this process but those named. In the place of each standard stream stays a handle on the
/// same file (O_PATH): it gives and takes nothing, and is no end of a pipe, so that who reads the pipe sees its end
/// when the application closes it. Through /proc the file can be opened again. Where there is no /proc, or the stream
/// was closed, the handle is on "/".
void close_descriptors_except(std::vector<int> kept);

/// The file that stderr was before close_descriptors_except(), opened again. None: it cannot be (a socket, no /proc, a
/// file of another user).
UniqueFd open_standard_error();

} // namespace kif::init
