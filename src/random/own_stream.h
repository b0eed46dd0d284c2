// SPDX-License-Identifier: Apache-2.0
// A stand-in for a random device where no broker runs: a thread of this process feeds it from the process's own DRBG.
#pragma once

namespace kif::random {

/// −1: no DRBG, no descriptors, no thread. Ends when this process does.
int open_own_stream(bool close_on_exec) noexcept;

/// Whether the descriptor is the reading end of one that this process, or one it was forked from, opened.
bool is_own_stream(int descriptor) noexcept;

} // namespace kif::random
