// SPDX-License-Identifier: Apache-2.0
// A thread whose getrandom never reaches the kernel's generator: for KernelReseeds in the processes that serve random
// bytes, where nobody else would answer the call.
#pragma once

namespace kif {

/// For the calling thread, for good, and for the threads and processes that it makes: getrandom fails with ENOSYS
/// there, but for the vDSO's own fetch of a key, which is told that it has one. Sets no_new_privs. False: the kernel or
/// a sandbox forbids it, and nothing has changed. Needs no signal of the thread's but SIGSYS, which it unblocks.
bool trap_getrandom() noexcept;

} // namespace kif
