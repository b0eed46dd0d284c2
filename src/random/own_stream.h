// SPDX-License-Identifier: Apache-2.0
// A stand-in for a random device where no broker runs: a process of its own feeds it, from the DRBG of the process that
// opened it. It goes on when that one ends or execs, as a shell does that opens a device for the command it becomes,
// and ends when nobody has the reading end any more.
#pragma once

namespace kif::random {

/// −1: no DRBG, no descriptors, no process.
int open_own_stream(bool close_on_exec) noexcept;

/// Whether the descriptor is the reading end of one, of this process or one it was inherited from.
bool is_own_stream(int descriptor) noexcept;

} // namespace kif::random
