// SPDX-License-Identifier: Apache-2.0
// For a process that has used up its descriptors: a helper with the same memory and a table of descriptors of its own.
#pragma once

namespace kif::random {

/// Whether this process can have as many more descriptors as a request needs.
bool has_descriptors() noexcept;

/// Runs `work` in a helper all of whose descriptors are free, and waits for it. Not run where there can be no process,
/// or the limit leaves none at all (RLIMIT_NOFILE 0). The helper is a child for which no wait of the program's is
/// meant.
void run_with_spare_descriptors(void (*work)(void*) noexcept, void* argument) noexcept;

} // namespace kif::random
