// SPDX-License-Identifier: Apache-2.0
// A number of this process that none of those has that it was forked from, nor a copy of its machine, and what the FIPS
// module takes for its process number.
#pragma once

#include <cstdint>

namespace kif::random {

/// New in each process, however it was made: fork, vfork with memory of its own, raw clone(2) into a PID namespace in
/// which its number is its parent's. A child that shares its parent's memory shares the number. 0: there was no memory.
/// A new one also where look_for_copies() has seen a sign. Async-signal-safe.
std::uint32_t process_number() noexcept;

/// Whether this machine is a copy of another one, which has the same DRBGs. To be asked before a DRBG of this process
/// is drawn from. Async-signal-safe.
void look_for_copies() noexcept;

/// In a fork handler, in the child: where the kernel does not wipe memory.
void forget_process_number() noexcept;

} // namespace kif::random
